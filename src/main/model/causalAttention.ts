import { attention } from '#main/onnx/build/attention.ts'
import { concat, split } from '#main/onnx/build/layout.ts'
import { product } from '#main/onnx/dims.ts'
import type { Value } from '#main/onnx/graph.ts'

/** Blocks the queries of a sequence are taken in; sequences are padded to a multiple of it. */
export const QUERY_BLOCKS = 4
/** Tokens of a block. */
const BLOCK = 'Q'
/** Tokens of a padded sequence. */
export const LENGTH = product([QUERY_BLOCKS, BLOCK])

/** What hides later tokens from each block's queries, from the input `causal` [Q, 4 Q] that serves the last block. */
export function blockBiases(causal: Value): Value[] {
  return Array.from({ length: QUERY_BLOCKS }, (_, i) => {
    const hidden = QUERY_BLOCKS - 1 - i
    return hidden === 0 ? causal : (split(causal, [product([hidden, BLOCK]), product([i + 1, BLOCK])], 1)[1] as Value)
  })
}

/**
 * Causal attention of q [B, heads, 4 Q, d] over k and v [B, kvHeads, 4 Q, d]: each block of queries meets the keys up to its own end
 * only, so that 5/8 of the square is computed and kept for the backward pass.
 */
export function causalAttention(q: Value, k: Value, v: Value, biases: readonly Value[], scale: number): Value {
  const cut = (x: Value): Value[] => split(x, new Array<string>(QUERY_BLOCKS).fill(BLOCK), 2)
  const [keys, values] = [cut(k), cut(v)]
  const upTo = (parts: readonly Value[], whole: Value, i: number): Value =>
    i === 0 ? (parts[0] as Value) : i === QUERY_BLOCKS - 1 ? whole : concat(parts.slice(0, i + 1), 2)
  return concat(cut(q).map((rows, i) => attention(rows, upTo(keys, k, i), upTo(values, v, i), biases[i] ?? null, scale)), 2)
}
