import type { Inference, OpRow } from '../types.ts'
import { expectSame, inputAt } from './check.ts'

/** Queries, keys and values [batch, rows, heads * size]; the result is as the queries. */
const attention: Inference = (request) => {
  const [query, key, value] = [inputAt(request, 0), inputAt(request, 1), inputAt(request, 2)]
  expectSame(request, query.shape.length, 3, 'rank')
  expectSame(request, String(key.shape), String(value.shape), 'shape')
  return [query]
}

/** Whole kernels of the runtime that only some devices compute rightly; used where a probe proved them. */
export const FUSED = {
  MultiHeadAttention: { domain: 'com.microsoft', infer: attention }
} as const satisfies Record<string, OpRow>
