/** Padded tokens of one run block by block, where the values of one block are most of the memory; more samples are split. */
export const BLOCKWISE_TOKENS = 2048

/** Largest matrices a run of the head makes: the logits of a stretch of the vocabulary, and that stretch of its weights. */
const MOST_FLOATS = 2 ** 25
const LEAST_ROWS = 1024

/** Rows of the vocabulary in one run of a head of some width on so many targets. */
export function stretchRows(width: number, targets: number): number {
  return Math.max(LEAST_ROWS, Math.floor(MOST_FLOATS / Math.max(width, targets)))
}
