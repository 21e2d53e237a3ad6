import { broadcast } from '../dims.ts'
import type { DType, Inference, OpRow, TensorType } from '../types.ts'
import { expectDType, expectSame, graphError, inputAt } from './check.ts'

const FLOATS: readonly DType[] = ['f32', 'f64', 'f16']

const unary: Inference = (request) => {
  const x = inputAt(request, 0)
  expectDType(request, x, FLOATS)
  return [{ dtype: x.dtype, shape: x.shape }]
}

const binary: Inference = (request) => {
  const a = inputAt(request, 0)
  const b = inputAt(request, 1)
  expectSame(request, a.dtype, b.dtype, 'dtype')
  return [{ dtype: a.dtype, shape: broadcast(a.shape, b.shape, request.op) }]
}

const comparison: Inference = (request) => binary(request).map(({ shape }) => ({ dtype: 'bool', shape }))

const logical: Inference = (request) => {
  for (const input of request.inputs) if (input) expectDType(request, input, ['bool'])
  return binary(request)
}

const negation: Inference = (request) => {
  const x = inputAt(request, 0)
  expectDType(request, x, ['bool'])
  return [x]
}

const where: Inference = (request) => {
  const condition = inputAt(request, 0)
  const [a, b] = [inputAt(request, 1), inputAt(request, 2)]
  expectDType(request, condition, ['bool'])
  expectSame(request, a.dtype, b.dtype, 'dtype')
  return [{ dtype: a.dtype, shape: broadcast(condition.shape, broadcast(a.shape, b.shape, 'Where'), 'Where') }]
}

const clip: Inference = (request) => {
  for (const bound of [inputAt(request, 1), inputAt(request, 2)]) expectSame(request, 0, bound.shape.length, 'bound rank')
  return unary(request)
}

const cast: Inference = (request) => {
  const to = request.facts.to
  if (!to) throw graphError(request, 'expected a target dtype')
  return [{ dtype: to, shape: inputAt(request, 0).shape }]
}

const same: Inference = (request) => [inputAt(request, 0) satisfies TensorType]

/** Elementwise operations: outputs follow NumPy broadcasting of the inputs. */
export const ELEMENTWISE = {
  Add: { domain: '', infer: binary },
  Sub: { domain: '', infer: binary },
  Mul: { domain: '', infer: binary },
  Div: { domain: '', infer: binary },
  Min: { domain: '', infer: binary },
  Max: { domain: '', infer: binary },
  Neg: { domain: '', infer: unary },
  Exp: { domain: '', infer: unary },
  Log: { domain: '', infer: unary },
  Sqrt: { domain: '', infer: unary },
  Reciprocal: { domain: '', infer: unary },
  Erf: { domain: '', infer: unary },
  Sigmoid: { domain: '', infer: unary },
  Tanh: { domain: '', infer: unary },
  Clip: { domain: '', infer: clip },
  Where: { domain: '', infer: where },
  LessOrEqual: { domain: '', infer: comparison },
  GreaterOrEqual: { domain: '', infer: comparison },
  Equal: { domain: '', infer: comparison },
  And: { domain: '', infer: logical },
  Not: { domain: '', infer: negation },
  Cast: { domain: '', infer: cast },
  Identity: { domain: '', infer: same }
} as const satisfies Record<string, OpRow>
