import { dimAt } from '../dims.ts'
import type { DType, Inference, OpRow } from '../types.ts'
import { expectDType, expectSame, inputAt, intAttribute, normalizeAxis } from './check.ts'

const INDICES: readonly DType[] = ['i64', 'i32']

const gather: Inference = (request) => {
  const [x, index] = [inputAt(request, 0), inputAt(request, 1)]
  expectDType(request, index, INDICES)
  const axis = normalizeAxis(request, intAttribute(request, 'axis', 0), x.shape.length)
  return [{ dtype: x.dtype, shape: [...x.shape.slice(0, axis), ...index.shape, ...x.shape.slice(axis + 1)] }]
}

const gatherElements: Inference = (request) => {
  const [x, index] = [inputAt(request, 0), inputAt(request, 1)]
  expectDType(request, index, INDICES)
  expectSame(request, x.shape.length, index.shape.length, 'index rank')
  return [{ dtype: x.dtype, shape: index.shape }]
}

const scatterElements: Inference = (request) => {
  const [x, index, updates] = [inputAt(request, 0), inputAt(request, 1), inputAt(request, 2)]
  expectDType(request, index, INDICES)
  index.shape.forEach((dim, i) => expectSame(request, dim, dimAt(updates.shape, i), `update size of axis ${i}`))
  return [x]
}

/** Index tensor [..., 1]: each update row [..., rest] goes to one row of the data. */
const scatterRows: Inference = (request) => {
  const [x, index, updates] = [inputAt(request, 0), inputAt(request, 1), inputAt(request, 2)]
  expectDType(request, index, ['i64'])
  expectSame(request, 1, dimAt(index.shape, -1), 'last index size')
  const expected = [...index.shape.slice(0, -1), ...x.shape.slice(1)]
  expectSame(request, expected.join(), updates.shape.join(), 'update shape')
  return [x]
}

/** Reading and writing by index. */
export const GATHER = {
  Gather: { domain: '', infer: gather },
  GatherElements: { domain: '', infer: gatherElements },
  ScatterElements: { domain: '', infer: scatterElements },
  ScatterND: { domain: '', infer: scatterRows }
} as const satisfies Record<string, OpRow>
