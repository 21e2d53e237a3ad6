import type { Messages } from './en.ts'
import type { enAssist } from './enAssist.ts'

/** 模型代写的路径，以及在相同题目上比较检查点。 */
export const zhCNAssist: Pick<Messages, keyof typeof enAssist> = {
  prelabel: {
    open: '预标注', tag: '预标注', title: '让模型书写路径', failed: '无法开始', items: '题目', which: '其中', writer: '书写者', keep: '保留', samples: '每题路径数', limit: '题目上限（0 = 全部）',
    what: '由检查点或端点绘制并作答，您再接受、修改或续写。这些路径自成一层：已有的内容保持不变。',
    scope: { item: '仅此题', query: '列表中的全部', ticked: '勾选的题目' },
    skips: { withPath: '没有路径的题目', withOwn: '没有该模型路径的题目', none: '全部，无论是否已有路径' },
    keeps: { all: '全部', right: '仅正确的', best: '每题最佳' },
    greedy: '温度为 0 时，各条路径完全相同。', ofEndpoint: '{name} · {model}（端点）',
    inFlight: '同时 {n} 个请求', noPrice: '价格未知', price: '每百万词元：输入 {prompt}，输出 {completion}',
    student: '学生模型', minSteps: '用于学习的最少轮数',
    preview: '为 {questions}书写 {paths}', paths: '{n} 条路径', questions: '{n} 道题', skipped: '{of} 道题中跳过 {n} 道', unmeasured: '该模型尚未写过路径，时间未知', time: '按上次速度约需 {time}', memory: '内存 {bytes}，共 {machine}',
    interrupted: '已中断', doneOf: '已完成 {done} / {items} 道题', resume: '继续', forget: '放弃', review: '审阅这些路径'
  },
  compare: {
    with: '与之比较', nobody: '不比较', startWhat: '两个检查点以相同方式回答相同的题目。已有的评估直接采用，缺少的会开始运行。',
    beside: '与 {name} 并列', onlyOne: '再评估或勾选一个检查点，即可逐题比较。', reviewPaths: '审阅此评估的路径',
    title: '{left} 与 {right}：相同题目', common: '共同题目 {n} 道', apart: '仅前者 {left} 道，仅后者 {right} 道',
    chanceHelp: 'p：若对错翻转机会均等，出现如此不均衡变化的概率（McNemar 精确检验）', choose: '显示 {n} 道：{outcome}，{task}', shown: '显示 {n} 道题', pairs: '两者都回答的题目', sort: '排序方式',
    outcome: { lost: '对 → 错', won: '错 → 对', bothWrong: '都错', bothRight: '都对', unscored: '未评分' },
    column: { outcome: '结果', task: '任务', question: '题目', steps: '步数' }
  }
}
