import type { Messages } from './en.ts'
import type { enPaths } from './enPaths.ts'

/** 由路径产生的内容，以及并列的路径。 */
export const zhCNPaths: Pick<Messages, keyof typeof enPaths> = {
  continuing: {
    list: '续写', none: '还没有模型从本版的某一步续写。', here: '从第 {n} 步之后续写', fromQuestion: '从问题开始续写', title: '从第 {n} 步之后续写',
    samples: '续写次数', underWay: '{done} / {total}', failed: '无法续写', parent: '续写自'
  },
  pathView: {
    acceptUpTo: '采纳到第 {n} 步为止：路径到此结束，其后的步骤不再保留'
  },
  notes: { title: '备注', comment: '评语', hidden: '另有 {n} 人评过：您评定后显示。', disagree: '评审意见不一' },
  group: {
    show: '同组', title: '本题的各次展开', everyPath: '本题的全部 {n} 条路径', beside: '并列', compare: '比较', open: '当前路径',
    column: { place: '序号', reward: '奖励', advantage: '优势', ending: '结束方式', steps: '步数', tokens: '词元' }
  },
  pathDiff: {
    title: '逐步比较两条路径', sameThought: '思考相同', otherThought: '思考不同', sameAction: '动作相同', otherAction: '动作不同', ended: '路径已结束。', only: '仅一条路径有'
  }
}
