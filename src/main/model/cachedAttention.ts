import { groupedRows } from '#main/onnx/build/attention.ts'
import { add, mul } from '#main/onnx/build/elementwise.ts'
import { concat, reshape, split } from '#main/onnx/build/layout.ts'
import { matmul } from '#main/onnx/build/matmul.ts'
import { softmax } from '#main/onnx/build/normalize.ts'
import { dimAt } from '#main/onnx/dims.ts'
import type { Value } from '#main/onnx/graph.ts'

/** Keys and values [B, kvHeads, places, d]. */
export interface KeysValues {
  readonly k: Value
  readonly v: Value
}

/**
 * Attention of queries [B, heads, T, d] over a cache and over recent tokens, without joining the two in memory: only the scores are
 * joined. Biases broadcast to [B, heads, T, places]; null for places that are all in use.
 */
export function cachedAttention(
  q: Value, past: KeysValues, recent: KeysValues, bias: { readonly past: Value; readonly recent: Value | null }, scale: number
): Value {
  // Scaled here and not in the products: with a few rows a matrix their kernel is 2.5 times slower for a factor other than 1.
  const rows = groupedRows(mul(q, scale), recent.k)
  const scores = (keys: Value, allowed: Value | null): Value => {
    const found = reshape(matmul(rows, keys, { transB: true }), [...q.shape.slice(0, 3), dimAt(keys.shape, 2)])
    return allowed ? add(found, allowed) : found
  }
  const weights = softmax(concat([scores(past.k, bias.past), scores(recent.k, bias.recent)], 3))
  const [old, fresh] = split(weights, [dimAt(past.k.shape, 2), dimAt(recent.k.shape, 2)], 3) as [Value, Value]
  return reshape(add(matmul(groupedRows(old, recent.k), past.v), matmul(groupedRows(fresh, recent.k), recent.v)), q.shape)
}
