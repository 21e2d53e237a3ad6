import { broadcastAxes, sameShape } from '../dims.ts'
import type { Value } from '../graph.ts'
import type { Dim, Shape } from '../types.ts'
import { integers, reshape } from './layout.ts'

type Reduction = 'ReduceSum' | 'ReduceMean' | 'ReduceMax' | 'ReduceSumSquare'

export const reduceSum = (x: Value, axes: readonly number[], keepDims = true): Value => reduce('ReduceSum', x, axes, keepDims)
export const reduceMean = (x: Value, axes: readonly number[], keepDims = true): Value => reduce('ReduceMean', x, axes, keepDims)
export const reduceMax = (x: Value, axes: readonly number[], keepDims = true): Value => reduce('ReduceMax', x, axes, keepDims)

/** Index of the largest element along the last axis, the first of equals: [..., n] -> [...] (int64). */
export function argMax(x: Value): Value {
  return x.graph.one('ArgMax', [x], { attributes: { axis: { int: -1 }, keepdims: { int: 0 } } })
}

/** The `count` (int64 [1]) largest of the last axis, the first of equals first, and where they are (int64). `size` is the symbol of the count. */
export function largest(x: Value, count: Value, size: Dim): { values: Value; order: Value } {
  const [values, order] = x.graph.node('TopK', [x, count], { attributes: { axis: { int: -1 } }, facts: { sizes: [size] } }) as [Value, Value]
  return { values, order }
}

/** Sums of what comes before each element of the last axis. */
export function sumBefore(x: Value): Value {
  const axis = x.graph.constant('i64:last axis', 'i64', [], () => BigInt64Array.of(-1n))
  return x.graph.one('CumSum', [x, axis], { attributes: { exclusive: { int: 1 } } })
}

/** Sum of all elements, a scalar. */
export function total(x: Value): Value {
  return reduceSum(x, x.shape.map((_, i) => i), false)
}

/** Sum of the squares of all elements, a scalar. */
export function totalSquare(x: Value): Value {
  return reduce('ReduceSumSquare', x, x.shape.map((_, i) => i), false)
}

/** Undoes a broadcast by summing: the gradient of an operand of shape `shape` from the gradient of the result. */
export function sumTo(x: Value, shape: Shape): Value {
  if (sameShape(x.shape, shape)) return x
  const axes = broadcastAxes(x.shape, shape)
  return reshape(axes.length === 0 ? x : reduceSum(x, axes), shape)
}

function reduce(op: Reduction, x: Value, axes: readonly number[], keepDims: boolean): Value {
  const positive = axes.map((axis) => (axis < 0 ? axis + x.shape.length : axis))
  if (positive.length === 0 && op !== 'ReduceSumSquare') return x
  const options = { attributes: { keepdims: { int: keepDims ? 1 : 0 } }, facts: { axes: positive, keepDims } }
  return x.graph.one(op, [x, integers(x.graph, positive)], options)
}
