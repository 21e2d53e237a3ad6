import { dimAt, product, sameShape } from '../dims.ts'
import type { Graph, Value } from '../graph.ts'
import type { Dim, DType, Shape } from '../types.ts'

/** Same elements, new shape. Symbolic sizes are copied (0), inferred (-1) or, when several are unknown, read from the inputs. */
export function reshape(x: Value, shape: Shape): Value {
  if (sameShape(x.shape, shape)) return x
  const wanted = shape.map((dim, i) => (typeof dim === 'number' ? dim : dim === x.shape[i] ? 0 : -1))
  const unknown = wanted.filter((dim) => dim === -1).length
  const target = unknown <= 1 ? integers(x.graph, wanted) : x.graph.shapeVector(shape)
  return x.graph.one('Reshape', [x, target], { facts: { shape } })
}

/** All leading axes folded into one: [..., n] -> [rows, n]. */
export function rowsOf(x: Value): Value {
  return reshape(x, [product(x.shape.slice(0, -1)), dimAt(x.shape, -1)])
}

export function transpose(x: Value, order: readonly number[]): Value {
  return x.graph.one('Transpose', [x], { attributes: { perm: { ints: order } } })
}

/** Swaps the last two axes. */
export function matrixTranspose(x: Value): Value {
  const order = x.shape.map((_, i) => i)
  const rank = order.length
  return transpose(x, [...order.slice(0, -2), rank - 1, rank - 2])
}

export function concat(parts: readonly Value[], axis: number): Value {
  const first = parts[0] as Value
  return first.graph.one('Concat', parts, { attributes: { axis: { int: axis } } })
}

/** Cuts an axis into parts of the given sizes. */
export function split(x: Value, sizes: readonly Dim[], axis: number): Value[] {
  const options = { attributes: { axis: { int: axis } }, facts: { sizes } }
  return x.graph.node('Split', [x, x.graph.shapeVector(sizes)], options)
}

/** Broadcasts to a shape. */
export function expand(x: Value, shape: Shape): Value {
  if (sameShape(x.shape, shape)) return x
  return x.graph.one('Expand', [x, x.graph.shapeVector(shape)], { facts: { shape } })
}

export function zeros(graph: Graph, shape: Shape, dtype: DType = graph.float): Value {
  return graph.one('ConstantOfShape', [graph.shapeVector(shape)], { attributes: { value: { zero: dtype } }, facts: { shape } })
}

export function integers(graph: Graph, values: readonly number[]): Value {
  return graph.constant(`i64:${values.join()}`, 'i64', [values.length], () => BigInt64Array.from(values, BigInt))
}
