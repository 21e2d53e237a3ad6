import { attention, groupedRows } from '#main/onnx/build/attention.ts'
import { add, mul } from '#main/onnx/build/elementwise.ts'
import { concat, reshape, split } from '#main/onnx/build/layout.ts'
import { matmul } from '#main/onnx/build/matmul.ts'
import { softmax } from '#main/onnx/build/normalize.ts'
import { dimAt } from '#main/onnx/dims.ts'
import type { Value } from '#main/onnx/graph.ts'
import type { TextConfig } from './config.ts'

/** Keys and values [B, kvHeads, places, d]. */
export interface KeysValues {
  readonly k: Value
  readonly v: Value
}

/** Added to the scores of places, broadcast to them; null for places that all count. */
export interface PlaceBiases {
  readonly past: Value
  readonly recent: Value | null
}

/**
 * Attention of queries [B, heads, T, d] over a cache (none at the beginning) and over recent tokens, without joining the two in memory:
 * only the scores are joined. Biases broadcast to [B, heads, T, places].
 */
export function cachedAttention(q: Value, past: KeysValues | null, recent: KeysValues, bias: PlaceBiases, scale: number): Value {
  if (!past) return attention(q, recent.k, recent.v, bias.recent, scale)
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

/**
 * The same for one query a sequence: q [B, heads * d], places [B, kvHeads, 1, places, d], biases broadcast to [B, kvHeads, heads a
 * key head, 1, places]. Every head is a product of its own with one row: these read the keys as they lie, where products of several
 * rows copy them first (five times the time).
 */
export function oneQueryAttention(q: Value, past: KeysValues | null, recent: KeysValues, bias: PlaceBiases, { heads, kvHeads, headDim }: TextConfig): Value {
  const rows = reshape(mul(q, headDim ** -0.5), ['B', kvHeads, heads / kvHeads, 1, headDim])
  const scores = ({ k }: KeysValues, allowed: Value | null): Value => {
    const found = matmul(rows, k, { transB: true })
    return allowed ? add(found, allowed) : found
  }
  const fresh = scores(recent, bias.recent)
  if (!past) return reshape(matmul(softmax(fresh), recent.v), ['B', heads * headDim])
  const weights = softmax(concat([scores(past, bias.past), fresh], 4))
  const [older, newer] = split(weights, [dimAt(past.k.shape, 3), dimAt(recent.k.shape, 3)], 4) as [Value, Value]
  return reshape(add(matmul(older, past.v), matmul(newer, recent.v)), ['B', heads * headDim])
}
