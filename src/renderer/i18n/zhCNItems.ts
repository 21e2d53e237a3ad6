import type { Messages } from './en.ts'
import type { enItems } from './enItems.ts'

/** 编辑题目、历史、批量操作与回收站的文字。 */
export const zhCNItems: Pick<Messages, keyof typeof enItems> = {
  item: {
    edit: '问题与答案', option: '选项 {letter}', rightOption: '选项 {letter} 是正确答案', addOption: '添加选项', removeOption: '删除选项 {letter}', noOptions: '没有选项列表：问题本身列出了选项。',
    up: '上移{name}', down: '下移{name}', addTag: '添加标签', removeTag: '删除标签 {tag}', trashed: '该题目在回收站中，不会出现在任何列表、队列或训练数据里。',
    addPicture: '添加图片', takingPictures: '正在收入图片…', pictureEarlier: '前移第 {n} 张图片', pictureLater: '后移第 {n} 张图片', removePicture: '删除第 {n} 张图片',
    drawnOn: '有 {n} 条路径在第 {i} 张图片上作画。这些路径保持原样，仍显示绘制时的图片；图片不同期间不会用于学习。',
    removeAnyway: '仍然删除', keepPicture: '保留',
    sharing: '{split}划分中有 {n} 个题目使用相同的图片。', sharingWhy: '在那里学过的内容，在这里不再是未见过的。',
    frozen: '{n} 个冻结的数据集版本包含它，各自保留当时的内容：{names}',
    outdated: '{n} 条路径回答的是该问题的较早版本，其奖励按那个版本计算，不会用于学习。',
    rescore: '重新评分 {n} 条', rescoreWhy: '按当前的问题重新评分。使用其他图片的路径、训练运行和评测的路径保持原有奖励。', rescored: '已重新评分：{scored}。保持原样：{left}。',
    version: '第 {n} 版', historyOf: '历史（{n} 个版本）', restore: '恢复第 {n} 版', firstVersion: '最初内容', undo: '撤销', redo: '重做',
    kind: { edit: '编辑', restore: '恢复第 {n} 版', undo: '撤销，回到第 {n} 版', redo: '重做第 {n} 版', bulk: '批量操作' },
    field: { question: '问题', options: '选项', answer: '答案', questionType: '答案类型', dataType: '图片类型', images: '图片', truth: '标准标注', tags: '标签', split: '划分', task: '任务', trashed: '回收站' },
    nothing: '无', pictures: '{n} 张图片', shapes: '{n} 个图形', inTrash: '在回收站中', notInTrash: '不在回收站中', notStored: '尚未保存。'
  },
  itemIssue: {
    questionEmpty: '问题为空。', taskEmpty: '请填写任务名称。', optionEmpty: '有一个选项为空。', optionTwice: '有两个选项相同。', optionsFew: '选择题至少需要两个选项。',
    answerEmpty: '答案为空。', answerNoOption: '答案既不是选项的字母，也不是选项的文字，任何回答都不可能正确。', answerNoNumber: '答案中没有数字，无法据此评分。',
    answerNoMotion: '答案不是 move_left:2,move_up:1 这样的相机运动列表。', noPicture: '没有图片。', onePictureWanted: '图片不止一张，但类型是“单张图片”。',
    morePicturesWanted: '多视角和视频至少需要两张图片。', tagEmpty: '有一个标签为空。', tagLong: '有一个标签超过 80 个字符。', tagTwice: '有一个标签重复。'
  },
  itemConflict: {
    what: '{author} 在别处修改了该题目中您也修改过的内容。双方的修改都已保留，请逐项选择。', choose: '选择', title: '两个人修改了该题目', theirs: '对方的（{author}）', mine: '我的', apply: '采用所选内容'
  },
  itemBulk: {
    tick: '勾选该题目', ticked: '已勾选 {n} 个', allTicked: '当前查询的全部 {n} 个', all: '选取当前查询的全部 {n} 个', none: '取消全部勾选', actions: '更改…', title: '更改 {n} 个题目',
    action: { split: '设置划分', task: '设置任务', addTag: '添加标签', removeTag: '删除标签', trash: '移入回收站', restore: '移出回收站' }, what: '操作', value: '目标值',
    preview: '将更改 {n} 个题目', same: '{n} 个已经如此', withPaths: '相关路径 {n} 条', examples: '其中包括', apply: '更改 {n} 个', nothing: '没有需要更改的内容。',
    asJob: '数量较多，将在后台进行：会显示进度，关闭此处或窗口都不会中止。', failed: '无法更改题目',
    did: { split: '已将 {n} 个题目的划分设为 {value}', task: '已将 {n} 个题目的任务设为 {value}', addTag: '已为 {n} 个题目添加标签 {value}', removeTag: '已从 {n} 个题目删除标签 {value}', trash: '已将 {n} 个题目移入回收站', restore: '已将 {n} 个题目移出回收站' },
    undo: '撤回', undone: '已撤回：{undone}。之后又被修改而保留：{left}。', dismiss: '隐藏此提示'
  },
  trash: {
    open: '回收站', close: '返回题目', empty: '回收站是空的', emptyHint: '移入回收站的题目会留在这里，直到您恢复或永久删除它们。', restore: '恢复', delete: '永久删除', emptyAll: '清空回收站',
    title: '永久删除', what: '{n} 个题目及其历史将被永久删除，', paths: '连同 {n} 条路径。', pictures: '此后不再被使用的图片可通过“清理图片”删除。',
    kept: '{n} 个题目会保留：它们属于某次运行或某个数据集版本的冻结数据，必须能够说明学习过什么。', none: '这里没有可以删除的内容。',
    confirm: '永久删除 {n} 个', deleted: '已永久删除 {items} 个题目和 {paths} 条路径。', failed: '无法删除'
  },
  tidy: {
    open: '清理图片…', title: '无人使用的图片', looking: '正在检查已存储的图片…', none: '所有已存储的图片都在使用中。',
    what: '项目文件夹中有 {n} 个图片和视频（{size}）未被使用：没有任何题目的任何版本或任何路径用到它们。',
    recent: '另有 {n} 个是最近一天内存储的，暂时保留：可能有人正要使用。',
    waits: '删除会等到没有模型在工作时进行，且无法撤销。', confirm: '删除 {size}', failed: '无法开始删除'
  },
  savedItems: { open: '视图', none: '还没有保存的视图。', name: '视图名称', save: '保存', remove: '删除视图 {name}', failed: '无法更改保存的视图', tag: '标签' },
  itemEdited: {
    earlier: '回答的是该问题的较早版本', since: '该路径产生之后被修改过的内容：{fields}。', why: '这里显示的是该路径所知道的问题，其奖励按那个问题计算。重新评分之前不会用于学习。', open: '打开题目'
  }
}
