import { QUERY_BLOCKS } from '../causalAttention.ts'

/** Padded tokens of one run block by block, where the values of one block are most of the memory; more samples are split. */
export const BLOCKWISE_TOKENS = 2048

/** Patches of a run of a tower that is not trained; more pictures take another run. */
export const TOWER_PATCHES = 2048

/** Patches of a picture up to which all heads of the tower attend at once. */
export const WHOLE_SLICE = 1024

/**
 * Largest matrices a run of the head makes: the logits of a stretch of the vocabulary, and that stretch of its weights. As float32 it is the
 * largest buffer that every WebGPU device has.
 */
export const LARGEST_BUFFER = 2 ** 27

/** Rows of the vocabulary in one run of a head of some width on so many targets, none of its matrices above so many bytes. */
export function stretchRows(width: number, targets: number, largestBuffer = LARGEST_BUFFER): number {
  return Math.max(1, Math.floor(largestBuffer / 4 / Math.max(width, targets)))
}

/** Bytes of weights that stay on a graphics device from run to run; what is beyond is brought there for each. */
export const RESIDENT_BYTES = 6 * 2 ** 30

/** Blocks the queries of a padded sequence are taken in: of more than 1,024 tokens so many that each has a few hundred rows of scores. */
export function queryBlocks(tokens: number): number {
  return tokens <= 1024 ? QUERY_BLOCKS : tokens <= 4096 ? 16 : 32
}
