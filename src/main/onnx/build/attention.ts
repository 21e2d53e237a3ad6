import { SightlineError } from '#shared/domain/errors.ts'
import { dimAt, product } from '../dims.ts'
import type { Value } from '../graph.ts'
import type { Dim } from '../types.ts'
import { add } from './elementwise.ts'
import { reshape } from './layout.ts'
import { matmul } from './matmul.ts'
import { softmax } from './normalize.ts'

/**
 * Softmax attention with grouped key/value heads: q [b, h, t, d], k and v [b, g, s, d] with g dividing h, bias broadcastable to
 * [b, h, t, s] or null. Keys are not repeated: the h/g query heads of a group are stacked as rows. Result [b, h, t, d].
 */
export function attention(q: Value, k: Value, v: Value, bias: Value | null, scale: number): Value {
  return q.graph.composite('Attention', [q, k, v, bias], { scale }, () => {
    const [b, h, t, d] = q.shape as [Dim, Dim, Dim, Dim]
    const s = dimAt(k.shape, 2)
    const scores = reshape(matmul(groupedRows(q, k), k, { transB: true, alpha: scale }), [b, h, t, s])
    const weights = softmax(bias ? add(scores, bias) : scores)
    const output = reshape(matmul(groupedRows(weights, k), v), [b, h, t, d])
    return { output, saved: [weights, output] }
  })
}

/** [b, h, t, n] viewed as [b, g, h/g * t, n], the layout in which one product serves all query heads of a key head. */
export function groupedRows(x: Value, key: Value): Value {
  const [b, heads, t, n] = x.shape as [Dim, number, Dim, Dim]
  const groups = Number(dimAt(key.shape, 1))
  if (heads % groups !== 0) throw new SightlineError('bad_graph', `attention: ${groups} key heads do not divide ${heads} query heads`)
  return reshape(x, [b, groups, product([heads / groups, t]), n])
}
