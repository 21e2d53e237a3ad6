import { attention } from '#main/onnx/build/attention.ts'
import { concat, split } from '#main/onnx/build/layout.ts'
import { recomputed } from '#main/onnx/build/recompute.ts'
import { product } from '#main/onnx/dims.ts'
import type { Value } from '#main/onnx/graph.ts'
import type { Dim } from '#main/onnx/types.ts'

/** Blocks the queries of a sequence are taken in; sequences are padded to a multiple of it. */
export const QUERY_BLOCKS = 4
/** Tokens of a block. */
const BLOCK = 'Q'
/** Tokens of a padded sequence in so many blocks. */
export const lengthOf = (blocks: number): Dim => product([blocks, BLOCK])

/** What hides later tokens from each block's queries, from an input [Q, blocks * Q] that serves the last block. */
export function blockBiases(causal: Value, blocks: number): Value[] {
  return Array.from({ length: blocks }, (_, i) => {
    const hidden = blocks - 1 - i
    return hidden === 0 ? causal : (split(causal, [product([hidden, BLOCK]), product([i + 1, BLOCK])], 1)[1] as Value)
  })
}

/**
 * Causal attention of q [B, heads, blocks * Q, d] over k and v [B, kvHeads, blocks * Q, d]: each block of queries meets the keys up to its own
 * end only, so that of n blocks (n + 1) / 2n of the square is computed. With `again` a block's scores are not kept for the backward pass but
 * computed once more in it.
 */
export function causalAttention(q: Value, k: Value, v: Value, biases: readonly Value[], scale: number, again = false): Value {
  const cut = (x: Value): Value[] => split(x, new Array<string>(biases.length).fill(BLOCK), 2)
  const [keys, values] = [cut(k), cut(v)]
  const upTo = (parts: readonly Value[], whole: Value, i: number): Value =>
    i === 0 ? (parts[0] as Value) : i === biases.length - 1 ? whole : concat(parts.slice(0, i + 1), 2)
  const attend = (rows: Value, i: number): Value => attention(rows, upTo(keys, k, i), upTo(values, v, i), biases[i] ?? null, scale)
  return concat(cut(q).map((rows, i) => (again ? recomputed(rows, (same) => [attend(same, i)])[0] as Value : attend(rows, i))), 2)
}
