import { dimAt, product, sameShape, sum } from '../dims.ts'
import type { Dim, Inference, OpRow } from '../types.ts'
import { expectSame, graphError, inputAt, intAttribute, normalizeAxis } from './check.ts'

const reshape: Inference = (request) => {
  const x = inputAt(request, 0)
  const shape = request.facts.shape
  if (!shape) throw graphError(request, 'expected a target shape')
  expectSame(request, product(x.shape), product(shape), 'element count')
  return [{ dtype: x.dtype, shape }]
}

const transpose: Inference = (request) => {
  const x = inputAt(request, 0)
  const attribute = request.attributes['perm']
  const order = attribute && 'ints' in attribute ? attribute.ints : []
  if (!sameShape([...order].sort((a, b) => a - b), x.shape.map((_, i) => i))) throw graphError(request, `bad permutation ${order.join()}`)
  return [{ dtype: x.dtype, shape: order.map((axis) => dimAt(x.shape, axis)) }]
}

const concat: Inference = (request) => {
  const first = inputAt(request, 0)
  const axis = normalizeAxis(request, intAttribute(request, 'axis', 0), first.shape.length)
  const sizes = request.inputs.map((_, i) => {
    const part = inputAt(request, i)
    expectSame(request, first.dtype, part.dtype, 'dtype')
    first.shape.forEach((dim, d) => {
      if (d !== axis) expectSame(request, dim, dimAt(part.shape, d), `size of axis ${d}`)
    })
    return dimAt(part.shape, axis)
  })
  return [{ dtype: first.dtype, shape: withAxis(first.shape, axis, sum(sizes)) }]
}

const split: Inference = (request) => {
  const x = inputAt(request, 0)
  const axis = normalizeAxis(request, intAttribute(request, 'axis', 0), x.shape.length)
  const sizes = request.facts.sizes
  if (!sizes) throw graphError(request, 'expected part sizes')
  expectSame(request, dimAt(x.shape, axis), sum(sizes), 'sum of part sizes')
  return sizes.map((size) => ({ dtype: x.dtype, shape: withAxis(x.shape, axis, size) }))
}

const expand: Inference = (request) => {
  const x = inputAt(request, 0)
  if (!request.facts.shape) throw graphError(request, 'expected a target shape')
  return [{ dtype: x.dtype, shape: request.facts.shape }]
}

const filled: Inference = (request) => {
  const value = request.attributes['value']
  if (!request.facts.shape || !value || !('zero' in value)) throw graphError(request, 'expected a shape and a zero')
  return [{ dtype: value.zero, shape: request.facts.shape }]
}

const shapeOf: Inference = (request) => {
  const rank = inputAt(request, 0).shape.length
  const [start, end] = [intAttribute(request, 'start', 0), intAttribute(request, 'end', rank)]
  return [{ dtype: 'i64', shape: [end - start] }]
}

function withAxis(shape: readonly Dim[], axis: number, size: Dim): Dim[] {
  return shape.map((dim, i) => (i === axis ? size : dim))
}

/** Operations that only move or name elements. */
export const LAYOUT = {
  Reshape: { domain: '', infer: reshape },
  Transpose: { domain: '', infer: transpose },
  Concat: { domain: '', infer: concat },
  Split: { domain: '', infer: split },
  Expand: { domain: '', infer: expand },
  ConstantOfShape: { domain: '', infer: filled },
  Shape: { domain: '', infer: shapeOf }
} as const satisfies Record<string, OpRow>
