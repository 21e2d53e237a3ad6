import { QUERY_BLOCKS } from '../causalAttention.ts'

/** Padded tokens of one run block by block, where the values of one block are most of the memory; more samples are split. */
export const BLOCKWISE_TOKENS = 2048

/** Patches of a run of a tower that is not trained; more pictures take another run. */
export const TOWER_PATCHES = 2048

/** Patches of a picture up to which all heads of the tower attend at once. */
export const WHOLE_SLICE = 1024

/** Largest matrices a run of the head makes: the logits of a stretch of the vocabulary, and that stretch of its weights. */
const MOST_FLOATS = 2 ** 25
const LEAST_ROWS = 1024

/** Rows of the vocabulary in one run of a head of some width on so many targets. */
export function stretchRows(width: number, targets: number): number {
  return Math.max(LEAST_ROWS, Math.floor(MOST_FLOATS / Math.max(width, targets)))
}

/** Blocks the queries of a padded sequence are taken in: of more than 1,024 tokens so many that each has a few hundred rows of scores. */
export function queryBlocks(tokens: number): number {
  return tokens <= 1024 ? QUERY_BLOCKS : tokens <= 4096 ? 16 : 32
}
