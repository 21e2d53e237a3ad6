import { createHash } from 'node:crypto'
import type { DatasetItem } from '#shared/domain/datasetItem.ts'

type Question = Pick<DatasetItem, 'question' | 'options'>

/**
 * What two questions share that ask the same in the same words: letter case, width, punctuation, spaces, picture marks, the letters of options
 * and their order do not count. Nothing looser: one word makes "left of" into "right of".
 */
export function questionKey({ question, options }: Question): string {
  const parts = [plain(question), ...(options ?? []).map((option) => plain(option.replace(/^\s*\(?[A-Za-z]\)?[.:)]\s*/, ''))).sort()]
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 24)
}

/** How much of their wording two questions share, 0 to 1: the overlap (Jaccard) of their runs of three characters. */
export function wordingShared(a: string, b: string): number {
  const [first, second] = [shingles(plain(a)), shingles(plain(b))]
  const both = [...first].filter((shingle) => second.has(shingle)).length
  return both === 0 ? 0 : both / (first.size + second.size - both)
}

/** A minus before a digit stays. */
function plain(text: string): string {
  return text.normalize('NFKC').toLowerCase().replace(/<(image|video)>/g, ' ').replace(/-(?!\d)|(?!-)\p{P}/gu, ' ').replace(/\s+/g, ' ').trim()
}

function shingles(text: string): Set<string> {
  return new Set(Array.from({ length: Math.max(1, text.length - 2) }, (_, i) => text.slice(i, i + 3)))
}
