import type { Graph, Value } from '../graph.ts'
import type { DType } from '../types.ts'

/** Elementwise builders; where a number is allowed it becomes a shared scalar constant of the other operand's type. */
type Operand = Value | number

export function scalar(graph: Graph, value: number, dtype: DType = graph.float): Value {
  return graph.constant(`${dtype}:${Object.is(value, -0) ? '-0' : value}`, dtype, [], () => {
    if (dtype === 'f64') return Float64Array.of(value)
    if (dtype === 'i64') return BigInt64Array.of(BigInt(value))
    return dtype === 'i32' ? Int32Array.of(value) : Float32Array.of(value)
  })
}

export const add = (a: Operand, b: Operand): Value => binary('Add', a, b)
export const sub = (a: Operand, b: Operand): Value => binary('Sub', a, b)
export const mul = (a: Operand, b: Operand): Value => binary('Mul', a, b)
export const div = (a: Operand, b: Operand): Value => binary('Div', a, b)
export const min = (a: Operand, b: Operand): Value => binary('Min', a, b)
export const max = (a: Operand, b: Operand): Value => binary('Max', a, b)
export const lessOrEqual = (a: Operand, b: Operand): Value => binary('LessOrEqual', a, b)
export const greaterOrEqual = (a: Operand, b: Operand): Value => binary('GreaterOrEqual', a, b)

export const neg = (x: Value): Value => x.graph.one('Neg', [x])
export const exp = (x: Value): Value => x.graph.one('Exp', [x])
export const log = (x: Value): Value => x.graph.one('Log', [x])
export const sqrt = (x: Value): Value => x.graph.one('Sqrt', [x])
export const reciprocal = (x: Value): Value => x.graph.one('Reciprocal', [x])
export const erf = (x: Value): Value => x.graph.one('Erf', [x])
export const sigmoid = (x: Value): Value => x.graph.one('Sigmoid', [x])
export const tanh = (x: Value): Value => x.graph.one('Tanh', [x])
export const and = (a: Value, b: Value): Value => a.graph.one('And', [a, b])
export const not = (x: Value): Value => x.graph.one('Not', [x])

export function clip(x: Value, low: number, high: number): Value {
  return x.graph.one('Clip', [x, scalar(x.graph, low, x.dtype), scalar(x.graph, high, x.dtype)])
}

export function where(condition: Value, a: Operand, b: Operand): Value {
  const [x, y] = lifted(a, b)
  return condition.graph.one('Where', [condition, x, y])
}

export function cast(x: Value, to: DType): Value {
  if (x.dtype === to) return x
  return x.graph.one('Cast', [x], { attributes: { to: { int: DATA_TYPES[to] } }, facts: { to } })
}

/** Exact GELU, x/2 (1 + erf(x / sqrt 2)). */
export function gelu(x: Value): Value {
  return mul(mul(x, 0.5), add(erf(mul(x, Math.SQRT1_2)), 1))
}

/** The sigmoid approximation of GELU used by Qwen2-VL's vision tower, x sigmoid(1.702 x). */
export function quickGelu(x: Value): Value {
  return mul(x, sigmoid(mul(x, 1.702)))
}

/** ONNX numbers of the element types. */
export const DATA_TYPES: Readonly<Record<DType, number>> = { f32: 1, u8: 2, i32: 6, i64: 7, bool: 9, f16: 10, f64: 11 }

type BinaryOp = 'Add' | 'Sub' | 'Mul' | 'Div' | 'Min' | 'Max' | 'LessOrEqual' | 'GreaterOrEqual'

function binary(op: BinaryOp, a: Operand, b: Operand): Value {
  const [x, y] = lifted(a, b)
  return x.graph.one(op, [x, y])
}

function lifted(a: Operand, b: Operand): [Value, Value] {
  if (typeof a !== 'number') return [a, typeof b === 'number' ? scalar(a.graph, b, a.dtype) : b]
  if (typeof b === 'number') throw new TypeError('one operand must be a value of a graph')
  return [scalar(b.graph, a, b.dtype), b]
}
