import { mul } from '#main/onnx/build/elementwise.ts'
import { expand, reshape } from '#main/onnx/build/layout.ts'
import type { Node, Value } from '#main/onnx/graph.ts'
import type { REDUCE } from '#main/onnx/ops/reduce.ts'
import { type GradientRow, inputOf } from '../rule.ts'

export const REDUCE_RULES: Record<keyof typeof REDUCE, GradientRow> = {
  ReduceSum: (dy, node) => [() => expand(kept(dy, node), inputOf(node, 0).shape), null],
  /** The mean's divisor must be known when the graph is built. */
  ReduceMean: (dy, node) => [
    () => {
      const x = inputOf(node, 0)
      const count = (node.facts.axes ?? []).reduce((product, axis) => product * Number(x.shape[axis]), 1)
      return expand(mul(kept(dy, node), 1 / count), x.shape)
    },
    null
  ],
  ReduceSumSquare: (dy, node) => [() => mul(mul(inputOf(node, 0), 2), kept(dy, node)), null],
  ReduceMax: 'unsupported',
  ArgMax: 'none',
  /** Sampling only. */
  TopK: 'unsupported',
  CumSum: 'unsupported'
}

/** The gradient with the reduced axes back as ones. */
function kept(dy: Value, node: Node): Value {
  const axes = node.facts.axes ?? []
  return reshape(dy, inputOf(node, 0).shape.map((dim, i) => (axes.includes(i) ? 1 : dim)))
}
