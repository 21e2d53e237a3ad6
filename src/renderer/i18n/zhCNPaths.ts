import type { Messages } from './en.ts'
import type { enPaths } from './enPaths.ts'

/** 由路径产生的内容，以及并列的路径。 */
export const zhCNPaths: Pick<Messages, keyof typeof enPaths> = {
  continuing: {
    list: '续写', none: '还没有模型从本版的某一步续写。', here: '从第 {n} 步之后续写', fromQuestion: '从问题开始续写', title: '从第 {n} 步之后续写',
    samples: '续写次数', underWay: '{done} / {total}', failed: '无法续写', parent: '续写自'
  },
  pathView: {
    acceptUpTo: '采纳到第 {n} 步为止：路径到此结束，其后的步骤不再保留',
    pictures: '图片（{n}）', graph: '各步在哪张图上绘制', graphHelp: '列为步骤，行为图片及在其上绘制所得的图片；方向键在图片间移动', graphList: '按顺序排列的图片',
    given: '图 {n}，给定', made: '图 {n}，由第 {step} 步在图 {from} 上绘制所得', untouched: '另有 {n} 张给定图片没有任何步骤在其上绘制，未列出',
    drawnIn: '第 {steps} 步在此绘制', view: '在画布上显示图 {n}',
    entropy: '熵',
    shade: '词元热度所示',
    tokenStrip: '这一步的词元，逐个查看',
    malformed: '格式不符',
    malformedHelp: '这一轮不符合提示要求的格式：奖励的格式部分为 0',
    revises: '修正',
    revisesHelp: '这一步把看过的对象重新画在别处：路径因此是反思性的',
    problems: '无法使用的内容',
    showProblem: '显示其在原文中的位置',
    drawn: '这一步绘制所用与所得的图片'
  },
  problemDetail: {
    missing_image: '图 {image}；当时只有图 1 到图 {count}。', outside_image: '{shape}“{label}”，坐标 {at}；图 {image} 的大小为 {width} x {height}。', repeated_action: '{shape}“{label}”，坐标 {at}。'
  },
  problemWhat: {
    unparsed_block: '该代码块无法读作操作列表，只绘制了其中完整的对象。',
    unknown_operation: '该对象既不是框也不是线，或缺少图片序号或标签，未绘制。',
    missing_image: '该操作所指的图片在这一步还不存在。',
    outside_image: '该图形超出图片，只画出了图片之内的部分。',
    repeated_action: '同一位置之前已画过同样的图形；按重复规则路径在此结束。',
    no_action: '这一轮既未绘制也未作答，路径在此结束。'
  },
  notes: { title: '备注', comment: '评语', hidden: '另有 {n} 人评过：您评定后显示。', disagree: '评审意见不一' },
  group: {
    show: '同组', title: '本题的各次展开', everyPath: '本题的全部 {n} 条路径', beside: '并列', compare: '比较', open: '当前路径',
    column: { place: '序号', reward: '奖励', advantage: '优势', ending: '结束方式', steps: '步数', tokens: '词元' }
  },
  pathDiff: {
    title: '逐步比较两条路径', sameThought: '思考相同', otherThought: '思考不同', sameAction: '动作相同', otherAction: '动作不同', ended: '路径已结束。', only: '{shape}：只在一条路径中',
    box: '框 {n}', line: '线 {n}', corners: '{shape}：两角分别移动 {first} px 和 {second} px，重叠（IoU）{iou}', ends: '{shape}：起点移动 {first} px，终点移动 {second} px'
  }
}
