import { dimAt } from '../dims.ts'
import type { Inference, OpRow } from '../types.ts'
import { expectSame, graphError, inputAt } from './check.ts'

const lastAxis: Inference = (request) => {
  const x = inputAt(request, 0)
  if (x.shape.length === 0) throw graphError(request, 'expected at least rank 1')
  return [x]
}

const rmsNorm: Inference = (request) => {
  const [x, weight] = [inputAt(request, 0), inputAt(request, 1)]
  expectSame(request, dimAt(x.shape, -1), dimAt(weight.shape, 0), 'weight size')
  return [x, { dtype: x.dtype, shape: [...x.shape.slice(0, -1), 1] }]
}

const rotary: Inference = (request) => {
  const x = inputAt(request, 0)
  expectSame(request, 3, x.shape.length, 'rank')
  return [x]
}

/** Normalisations over the last axis and the rotary kernel. */
export const NORMALIZE = {
  Softmax: { domain: '', infer: lastAxis },
  LogSoftmax: { domain: '', infer: lastAxis },
  SimplifiedLayerNormalization: { domain: '', infer: rmsNorm },
  RotaryEmbedding: { domain: 'com.microsoft', infer: rotary }
} as const satisfies Record<string, OpRow>
