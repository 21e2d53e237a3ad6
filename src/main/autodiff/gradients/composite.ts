import { groupedRows } from '#main/onnx/build/attention.ts'
import { add, exp, mul, neg, sub } from '#main/onnx/build/elementwise.ts'
import { addElements, gatherRows, permuteRows } from '#main/onnx/build/gather.ts'
import { integers, matrixTranspose, reshape, zeros } from '#main/onnx/build/layout.ts'
import { matmul } from '#main/onnx/build/matmul.ts'
import { rotary } from '#main/onnx/build/normalize.ts'
import { reduceMean, reduceSum, sumTo } from '#main/onnx/build/reduce.ts'
import { product } from '#main/onnx/dims.ts'
import type { COMPOSITE } from '#main/onnx/ops/composite.ts'
import type { Value } from '#main/onnx/graph.ts'
import { type GradientRow, inputOf, outputOf, savedOf } from '../rule.ts'

/**
 * With P the weights and O = P V: dV = P^T dO, dS = P (dO V^T - rowsum(dO O)), dQ = scale dS K, dK = scale dS^T Q. The row sum over O
 * (Dao et al. 2022, FlashAttention, section B.4) replaces one over the much larger scores.
 */
const attention: GradientRow = (dy, node) => {
  const [q, k, v] = [inputOf(node, 0), inputOf(node, 1), inputOf(node, 2)]
  const [weights, output] = [savedOf(node, 0), savedOf(node, 1)]
  const alpha = node.facts.scale ?? 1
  let scores: Value | null = null
  const dScores = (): Value => {
    if (scores) return scores
    const dWeights = reshape(matmul(groupedRows(dy, k), v, { transB: true }), weights.shape)
    scores = mul(weights, sub(dWeights, reduceSum(mul(dy, output), [-1])))
    return scores
  }
  return [
    () => reshape(matmul(groupedRows(dScores(), k), k, { alpha }), q.shape),
    () => transposedProduct(groupedRows(dScores(), k), groupedRows(q, k), alpha),
    () => transposedProduct(groupedRows(weights, k), groupedRows(dy, k), 1),
    node.inputs[3] ? () => sumTo(dScores(), inputOf(node, 3).shape) : null
  ]
}

/** wide^T narrow as (narrow^T wide)^T: transposing the narrow matrices instead of the scores halves the time of the product. */
function transposedProduct(wide: Value, narrow: Value, alpha: number): Value {
  return matrixTranspose(matmul(narrow, wide, { transA: true, alpha }))
}

/** With xhat = x r and g = dy weight: dx = r (g - xhat mean(g xhat)), dweight = sum(dy xhat). */
const rmsNorm: GradientRow = (dy, node) => {
  const [x, weight] = [inputOf(node, 0), inputOf(node, 1)]
  const inverse = savedOf(node, 0)
  let normal: Value | null = null
  const xhat = (): Value => (normal ??= mul(x, inverse))
  return [
    () => {
      const g = mul(dy, weight)
      return mul(inverse, sub(g, mul(xhat(), reduceMean(mul(g, xhat()), [-1]))))
    },
    () => sumTo(mul(dy, xhat()), weight.shape)
  ]
}

const layerNorm: GradientRow = (dy, node) => {
  const weight = inputOf(node, 1)
  const [normal, inverse] = [savedOf(node, 0), savedOf(node, 1)]
  return [
    () => {
      const g = mul(dy, weight)
      return mul(inverse, sub(sub(g, reduceMean(g, [-1])), mul(normal, reduceMean(mul(g, normal), [-1]))))
    },
    () => sumTo(mul(dy, normal), weight.shape),
    () => sumTo(dy, inputOf(node, 2).shape)
  ]
}

/**
 * Builds the group again and walks back through the copy. The copy starts from x + 0 dy[0]: the runtime would merge an exact copy with
 * the original and keep all its values, and nothing would make it wait for the backward pass. It also waits for the gradients of the group
 * before it: the runtime would else compute the same gradient of all groups first and keep what the others need.
 */
const recomputed: GradientRow = (dy, node, dys, { propagate, needs, order }) => {
  const x = inputOf(node, 0)
  let found: Map<Value, Value> | null = null
  const again = (): Map<Value, Value> => {
    const first = firstElement(dy)
    const start = add(x, mul(order.done ? add(first, order.done) : first, 0))
    const from = x.graph.nodes.length
    const outputs = node.rebuild?.(start) ?? []
    const seeds = new Map(outputs.flatMap((output, i): [Value, Value][] => (dys[i] ? [[output, dys[i]]] : [])))
    const others = node.inputs.slice(1).filter((input) => input !== null && needs(input)) as Value[]
    const gradients = propagate(x.graph.nodes.slice(from), seeds, [start, ...others])
    const dx = gradients.get(start)
    if (dx) gradients.set(x, dx)
    order.done = [x, ...others].flatMap((value) => gradients.get(value) ?? []).map(firstElement).reduce((sum, value) => add(sum, value), first)
    return gradients
  }
  return node.inputs.map((input) => (input ? () => (found ??= again()).get(input) ?? zeros(x.graph, input.shape, input.dtype) : null))
}

/** [1], without a copy of the whole. */
function firstElement(x: Value): Value {
  if (x.shape.length < 2) return gatherRows(reshape(x, [product(x.shape)]), integers(x.graph, [0]))
  return firstElement(reshape(gatherRows(x, integers(x.graph, [0])), x.shape.slice(1)))
}

export const COMPOSITE_RULES: Record<keyof typeof COMPOSITE, GradientRow> = {
  Attention: attention,
  RmsNorm: rmsNorm,
  LayerNorm: layerNorm,
  /** A rotation's transpose is the rotation by the opposite angle. Cos and sin come from positions and have no gradient. */
  Rotary: (dy, node) => [() => rotary(dy, inputOf(node, 1), neg(inputOf(node, 2)), node.facts.heads ?? 1), null, null],
  /** y = x s, so y' = s + y - y s. */
  Silu: (dy, node) => [
    () => {
      const [y, s] = [outputOf(node), savedOf(node, 0)]
      return mul(dy, sub(add(s, y), mul(y, s)))
    }
  ],
  /** d log p(target) = onehot(target) - p. */
  TokenLogProb: (dy, node) => [() => addElements(mul(exp(savedOf(node, 0)), neg(dy)), inputOf(node, 1), dy, -1), null],
  PermuteRows: (dy, node) => {
    const [x, index, inverse] = [inputOf(node, 0), inputOf(node, 1), inputOf(node, 2)]
    const flat = (): Value => reshape(dy, [product(index.shape), ...x.shape.slice(1)])
    return [() => reshape(permuteRows(flat(), inverse, index), x.shape), null, null]
  },
  Recomputed: recomputed
}
