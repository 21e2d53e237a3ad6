import type { Tokenizer } from '#main/model/tokenizer.ts'
import { SHAPE_NAMES } from '#main/curate/synthetic/scene.ts'

/** What a cell shows in two words: the thing or its colour, then its shape or `end` where the newest line ends. */
export interface CellContent {
  word: string
  detail: (typeof DETAILS)[number] | null
}

export const DETAILS = [...SHAPE_NAMES, 'end'] as const

export const EMPTY = 'empty'

/** Token of a word inside a sentence, with the space before it. Throws RangeError for a word of several tokens. */
export function wordToken(word: string, tokenizer: Tokenizer): number {
  const [id, ...rest] = tokenizer.encode(` ${word}`)
  if (id === undefined || rest.length > 0) throw new RangeError(`'${word}' is not one token`)
  return id
}
