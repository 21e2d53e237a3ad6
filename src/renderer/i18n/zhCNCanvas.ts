import type { Messages } from './en.ts'
import type { enCanvas } from './enCanvas.ts'

/** 画布、画布上的内容以及编辑本身的文字。 */
export const zhCNCanvas: Pick<Messages, keyof typeof enCanvas> = {
  conflict: {
    what: '{reviewer} 也编辑了这条路径（{time}）。两个版本都已保存。', compare: '比较并选择', title: '同一路径的两个版本', failed: '选择未能保存',
    explain: '无论怎样选择都不会丢失内容：搁置的版本不再出现在列表中，但仍保留在路径的版本里。',
    mine: '此版本', theirs: '{reviewer} 的版本', keepMine: '保留此版本', takeTheirs: '采用另一个', keepBoth: '都保留为独立路径'
  }
}
