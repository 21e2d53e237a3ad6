import { dimAt } from '../dims.ts'
import type { Value } from '../graph.ts'
import { mul } from './elementwise.ts'
import { matrixTranspose, reshape, rowsOf } from './layout.ts'

/** Two matrices [m, k] x [k, n] (after the transposes) plus an optional row vector [n]. */
export function gemm(a: Value, b: Value, { transA = false, transB = false, bias }: { transA?: boolean; transB?: boolean; bias?: Value } = {}): Value {
  const attributes = { transA: { int: transA ? 1 : 0 }, transB: { int: transB ? 1 : 0 } }
  return a.graph.one('Gemm', bias ? [a, b, bias] : [a, b], { attributes })
}

/** x [..., in] times weight [out, in] transposed, plus bias [out]: a linear layer as checkpoints store it. */
export function linear(x: Value, weight: Value, bias?: Value): Value {
  const flat = gemm(rowsOf(x), weight, { transB: true, ...(bias ? { bias } : {}) })
  return reshape(flat, [...x.shape.slice(0, -1), dimAt(weight.shape, 0)])
}

export interface ProductOptions {
  readonly transA?: boolean
  readonly transB?: boolean
  readonly alpha?: number
}

/** Batched matrix product alpha op(a) op(b) over the last two axes. Fused in float32; spelled out in float64, which has no fused kernel. */
export function matmul(a: Value, b: Value, { transA = false, transB = false, alpha = 1 }: ProductOptions = {}): Value {
  if (a.dtype === 'f64' || !(transA || transB || alpha !== 1)) {
    const plain = a.graph.one('MatMul', [transA ? matrixTranspose(a) : a, transB ? matrixTranspose(b) : b])
    return alpha === 1 ? plain : mul(plain, alpha)
  }
  const attributes = { transA: { int: transA ? 1 : 0 }, transB: { int: transB ? 1 : 0 }, alpha: { float: alpha } }
  return a.graph.one('FusedMatMul', [a, b], { attributes })
}
