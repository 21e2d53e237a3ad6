import type { Inference, OpRow } from '../types.ts'
import { graphError, inputAt, intAttribute, normalizeAxis } from './check.ts'

const reduction: Inference = (request) => {
  const x = inputAt(request, 0)
  const axes = request.facts.axes?.map((axis) => normalizeAxis(request, axis, x.shape.length))
  if (!axes) throw graphError(request, 'expected axes')
  const shape = intAttribute(request, 'keepdims', 1)
    ? x.shape.map((dim, i) => (axes.includes(i) ? 1 : dim))
    : x.shape.filter((_, i) => !axes.includes(i))
  return [{ dtype: x.dtype, shape }]
}

const argMax: Inference = (request) => {
  const x = inputAt(request, 0)
  const axis = normalizeAxis(request, intAttribute(request, 'axis', 0), x.shape.length)
  return [{ dtype: 'i64', shape: x.shape.filter((_, i) => i !== axis) }]
}

/** Input 1 is how many [1]; fact `sizes` its symbol. Values and their int64 indices, the largest first. */
const topK: Inference = (request) => {
  const x = inputAt(request, 0)
  const [count] = request.facts.sizes ?? []
  if (count === undefined) throw graphError(request, 'expected a size')
  const shape = [...x.shape.slice(0, -1), count]
  return [{ dtype: x.dtype, shape }, { dtype: 'i64', shape }]
}

const cumulative: Inference = (request) => [inputAt(request, 0)]

/** Reductions; the axes are a constant tensor in ONNX and a fact of the node here. */
export const REDUCE = {
  ReduceSum: { domain: '', infer: reduction },
  ReduceMean: { domain: '', infer: reduction },
  ReduceMax: { domain: '', infer: reduction },
  ReduceSumSquare: { domain: '', infer: reduction },
  ArgMax: { domain: '', infer: argMax },
  TopK: { domain: '', infer: topK },
  CumSum: { domain: '', infer: cumulative }
} as const satisfies Record<string, OpRow>
