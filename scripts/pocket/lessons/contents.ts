import { LETTERS } from '#main/curate/synthetic/maze.ts'
import { COLOUR_NAMES, SHAPE_NAMES } from '#main/curate/synthetic/scene.ts'

const THINGS = ['empty', 'dot', ...LETTERS] as const

/** Everything a cell can hold; the auxiliary head's first class list. `end` marks the cell where the newest line ends. */
export const CONTENTS: readonly string[] = [
  ...THINGS,
  ...THINGS.map((thing) => `${thing} end`),
  ...COLOUR_NAMES.flatMap((colour) => SHAPE_NAMES.map((shape) => `${colour} ${shape}`))
]

export const EMPTY = 0

const INDEX = new Map(CONTENTS.map((content, i) => [content, i]))

export function contentIndex(content: string): number {
  const index = INDEX.get(content)
  if (index === undefined) throw new RangeError(`no content '${content}'`)
  return index
}
