import { and, cast, div, exp, greaterOrEqual, lessOrEqual, mul, neg, sub, where } from '#main/onnx/build/elementwise.ts'
import { sumTo } from '#main/onnx/build/reduce.ts'
import type { ELEMENTWISE } from '#main/onnx/ops/elementwise.ts'
import type { Value } from '#main/onnx/graph.ts'
import { type GradientRow, inputOf, outputOf } from '../rule.ts'

/** Min and Max: ties go to the first operand. */
const chosen = (compare: (a: Value, b: Value) => Value): GradientRow => (dy, node) => {
  const [a, b] = [inputOf(node, 0), inputOf(node, 1)]
  const first = compare(a, b)
  return [() => sumTo(where(first, dy, 0), a.shape), () => sumTo(where(first, 0, dy), b.shape)]
}

export const ELEMENTWISE_RULES: Record<keyof typeof ELEMENTWISE, GradientRow> = {
  Add: (dy, node) => [() => sumTo(dy, inputOf(node, 0).shape), () => sumTo(dy, inputOf(node, 1).shape)],
  Sub: (dy, node) => [() => sumTo(dy, inputOf(node, 0).shape), () => neg(sumTo(dy, inputOf(node, 1).shape))],
  Mul: (dy, node) => {
    const [a, b] = [inputOf(node, 0), inputOf(node, 1)]
    return [() => sumTo(mul(dy, b), a.shape), () => sumTo(mul(dy, a), b.shape)]
  },
  Div: (dy, node) => {
    const [a, b] = [inputOf(node, 0), inputOf(node, 1)]
    return [() => sumTo(div(dy, b), a.shape), () => neg(sumTo(div(mul(dy, outputOf(node)), b), b.shape))]
  },
  Min: chosen(lessOrEqual),
  Max: chosen(greaterOrEqual),
  Neg: (dy) => [() => neg(dy)],
  Exp: (dy, node) => [() => mul(dy, outputOf(node))],
  Log: (dy, node) => [() => div(dy, inputOf(node, 0))],
  Sqrt: (dy, node) => [() => div(mul(dy, 0.5), outputOf(node))],
  Reciprocal: (dy, node) => [() => neg(mul(dy, mul(outputOf(node), outputOf(node))))],
  Erf: (dy, node) => [
    () => mul(dy, mul(exp(neg(mul(inputOf(node, 0), inputOf(node, 0)))), 2 / Math.sqrt(Math.PI)))
  ],
  Sigmoid: (dy, node) => [() => mul(dy, mul(outputOf(node), sub(1, outputOf(node))))],
  Tanh: (dy, node) => [() => mul(dy, sub(1, mul(outputOf(node), outputOf(node))))],
  /** One inside the bounds, bounds included, zero outside: the clipped surrogate of PPO relies on it. */
  Clip: (dy, node) => {
    const x = inputOf(node, 0)
    const inside = (): Value => and(greaterOrEqual(x, inputOf(node, 1)), lessOrEqual(x, inputOf(node, 2)))
    return [() => where(inside(), dy, 0), null, null]
  },
  Where: (dy, node) => {
    const [condition, a, b] = [inputOf(node, 0), inputOf(node, 1), inputOf(node, 2)]
    return [null, () => sumTo(where(condition, dy, 0), a.shape), () => sumTo(where(condition, 0, dy), b.shape)]
  },
  Cast: (dy, node) => [() => cast(dy, inputOf(node, 0).dtype)],
  Identity: (dy) => [() => dy],
  LessOrEqual: 'none',
  GreaterOrEqual: 'none',
  Equal: 'none',
  And: 'none',
  Not: 'none'
}
