import type { Messages } from './en.ts'
import type { enPaths } from './enPaths.ts'

/** 由路径产生的内容，以及并列的路径。 */
export const zhCNPaths: Pick<Messages, keyof typeof enPaths> = {
  continuing: {
    list: '续写', none: '还没有模型从本版的某一步续写。', here: '从第 {n} 步之后续写', fromQuestion: '从问题开始续写', title: '从第 {n} 步之后续写',
    samples: '续写次数', underWay: '{done} / {total}', failed: '无法续写', parent: '续写自'
  }
}
