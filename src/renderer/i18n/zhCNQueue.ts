import type { Messages } from './en.ts'
import type { enQueue } from './enQueue.ts'

/** 审阅队列、批量评定、逐步评定，以及多位审阅者。 */
export const zhCNQueue: Pick<Messages, keyof typeof enQueue> = {
  queue: {
    title: '审阅队列', choose: '队列', all: '全部路径', option: '{name}（{n}）', position: '第 {at} 条，共 {total} 条', nowhere: '不在此列表中', judged: '您已评定 {n} / {total}', atEnd: '这是最后一条路径。',
    save: '存为队列', edit: '重命名或删除此队列', name: '队列名称', rename: '重命名', delete: '删除队列', saveWhat: '以此名称保存当前筛选条件，使用本项目的所有人都能看到。',
    editWhat: '删除会去掉名称以及各人在其中的位置，路径本身保留。', failed: '队列未能更改', reviewer: '审阅者', reviewerHelp: '您的评定以此名字保存',
    builtIn: {
      notJudged: '尚未评定', allWrong: '全部展开均错', formatFailed: '格式错误', revised: '修正过框', unsure: '置信度低', disagree: '审阅者意见不一', secondReview: '盲审复核'
    }
  },
  pathFilter: {
    more: '更多筛选', moreSet: '更多筛选（{n}）', wellFormed: '格式', wellFormedYes: '格式正确', wellFormedNo: '格式错误', revised: '框的修正', revisedYes: '修正过框', revisedNo: '未修正框',
    allWrong: '同组展开', allWrongYes: '全部展开均错', allWrongNo: '有展开正确', problems: '问题', problemsYes: '有问题', problemsNo: '无问题', disagree: '一致性', disagreeYes: '审阅者意见不一',
    disagreeNo: '无人有异议', commented: '评语', commentedYes: '有评语', commentedNo: '无评语', finish: '结束方式', judges: '评定人数', judgesNone: '无人评定', judgesOne: '一位评定', judgesSeveral: '多位评定',
    mine: '我的评定', mineJudged: '我已评定', mineOpen: '我未评定', confidence: '置信度', leastSure: '最没把握的 {share} %', below: '低于 {share} %',
    confidenceHelp: '模型在最没把握之处的把握程度：最没把握的一步中，它给各词元的概率的几何平均'
  },
  stepVerdict: {
    title: '对第 {n} 步的评定', accept: '接受第 {n} 步', reject: '拒绝第 {n} 步', comment: '对第 {n} 步的评语', placeholder: '这里哪里对，哪里错？',
    help: '被拒绝的步骤不参与冷启动和拒绝采样的学习（设置“屏蔽被拒绝的步骤”），路径的其余步骤照常计入。'
  },
  bulk: {
    open: '批量评定…', title: '对列表中的所有路径作同样的评定', action: '评定', actions: {
      accept: '接受', reject: '拒绝', markReflective: '标记为有反思', markNotReflective: '标记为无反思', clear: '撤回评定和标记'
    },
    matches: '{n} 条路径符合筛选条件。', changes: '其中 {n} 条将会改变。', mine: '其中您已接受 {accepted} 条，拒绝 {rejected} 条。', others: '他人的意见保留不变，评语、逐处修正和逐步评定也保留。',
    examples: '将会改变的部分路径', nothing: '不会有任何改变。', counting: '正在统计…', do: '{action}：{n} 条路径', doing: '正在保存…', asJob: '数量较多，将在后台进行：会显示进度，关闭此处或窗口都不会中止。', done: '已评定 {n} 条路径。', undone: '已撤回 {n} 条路径的评定。',
    left: '{n} 条未撤回：您之后又作了别的评定。', last: '您上一次批量评定：{action}，{n} 条路径，{when}', undo: '撤回', failed: '批量评定未能完成'
  },
  reviewers: {
    open: '审阅者', title: '本项目的审阅者', progress: '已评定 {judged} / {paths} 条路径', once: '{n} 条由一位评定', several: '{n} 条由多位评定', disputed: '{n} 条有分歧', nobody: '还没有人评定过路径。',
    name: '审阅者', judged: '已评定', marked: '标记', commented: '评语', last: '最近一次', pairs: '一致性', pair: '两位审阅者', overlap: '共同评定', share: '意见相同', kappa: 'Cohen κ',
    kappaHelp: '超出偶然的一致程度：1 为完全一致，0 为偶然水平；– 表示两人始终只给出一种评定', noPairs: '还没有路径被两位审阅者评定。',
    second: '开始盲审复核', secondHelp: '由另一位审阅者评定过的路径；在您评定之前，其意见不会显示', conflicts: '分歧', noConflicts: '凡共同评定的路径，审阅者意见一致。',
    asQueue: '审阅这些分歧', hidden: '{n} 位审阅者意见不一；您评定之后显示', marks: '有反思', noMarks: '无反思', more: '显示更多', of: '{n} / {total}'
  }
}
