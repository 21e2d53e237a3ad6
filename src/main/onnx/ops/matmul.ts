import { broadcast, dimAt } from '../dims.ts'
import type { Inference, OpRow } from '../types.ts'
import { expectRank, expectSame, graphError, inputAt, intAttribute } from './check.ts'

const gemm: Inference = (request) => {
  const [a, b] = [inputAt(request, 0), inputAt(request, 1)]
  const [m, k] = swapped(expectRank(request, a, 2), intAttribute(request, 'transA', 0))
  const [k2, n] = swapped(expectRank(request, b, 2), intAttribute(request, 'transB', 0))
  expectSame(request, a.dtype, b.dtype, 'dtype')
  expectSame(request, k, k2, 'inner size')
  const bias = request.inputs[2]
  if (bias) expectSame(request, n, dimAt(bias.shape, -1), 'bias width')
  return [{ dtype: a.dtype, shape: [m, n] }]
}

const batched: Inference = (request) => {
  const [a, b] = [inputAt(request, 0), inputAt(request, 1)]
  if (a.shape.length < 2 || b.shape.length < 2) throw graphError(request, 'expected two matrices')
  expectSame(request, a.dtype, b.dtype, 'dtype')
  const [m, k] = swapped(a.shape.slice(-2), intAttribute(request, 'transA', 0))
  const [k2, n] = swapped(b.shape.slice(-2), intAttribute(request, 'transB', 0))
  expectSame(request, k, k2, 'inner size')
  return [{ dtype: a.dtype, shape: [...broadcast(a.shape.slice(0, -2), b.shape.slice(0, -2), request.op), m, n] }]
}

function swapped(shape: readonly (number | string)[], transposed: number): [number | string, number | string] {
  const [first, second] = [dimAt(shape, 0), dimAt(shape, 1)]
  return transposed ? [second, first] : [first, second]
}

/** Matrix products. FusedMatMul (float32 only) adds transposes and a factor for free. */
export const MATMUL = {
  Gemm: { domain: '', infer: gemm },
  MatMul: { domain: '', infer: batched },
  FusedMatMul: { domain: 'com.microsoft', infer: batched }
} as const satisfies Record<string, OpRow>
