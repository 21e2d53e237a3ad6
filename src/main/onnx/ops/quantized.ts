import { dimAt } from '../dims.ts'
import type { Inference, OpRow } from '../types.ts'
import { expectDType, expectRank, expectSame, inputAt, intAttribute } from './check.ts'

/** Rows [M, K] times the transpose of a matrix [N, K] in 4 bits: packed [N, K / 32, 16], scales [N, K / 32], zero points [N, K / 64]. */
const product: Inference = (request) => {
  const [x, packed, scales] = [inputAt(request, 0), inputAt(request, 1), inputAt(request, 2)]
  expectDType(request, packed, ['u8'])
  expectRank(request, packed, 3)
  expectSame(request, dimAt(expectRank(request, x, 2), 1), intAttribute(request, 'K', 0), 'inner size')
  expectSame(request, String(packed.shape.slice(0, 2)), String(scales.shape), 'blocks')
  return [{ dtype: x.dtype, shape: [dimAt(x.shape, 0), intAttribute(request, 'N', 0)] }]
}

/** Rows by index of a matrix [N, K / 2] of packed halves of bytes, as [n, K] in the type of the scales. */
const gather: Inference = (request) => {
  const [packed, index, scales] = [inputAt(request, 0), inputAt(request, 1), inputAt(request, 2)]
  expectDType(request, packed, ['u8'])
  const [, bytes] = expectRank(request, packed, 2)
  return [{ dtype: scales.dtype, shape: [...index.shape, 2 * Number(bytes)] }]
}

/** Kernels of the runtime that read matrices stored in 4 bits a value. */
export const QUANTIZED = {
  MatMulNBits: { domain: 'com.microsoft', infer: product },
  GatherBlockQuantized: { domain: 'com.microsoft', infer: gather }
} as const satisfies Record<string, OpRow>
