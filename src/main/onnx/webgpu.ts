import { SightlineError } from '#shared/domain/errors.ts'
import { add, exp, log, mul, reciprocal, sqrt, sub } from './build/elementwise.ts'
import { matrixTranspose } from './build/layout.ts'
import { reduceMax, reduceMean, reduceSum } from './build/reduce.ts'
import type { Graph, Node, Value } from './graph.ts'
import { lower, type Lowering } from './lower.ts'

/**
 * Operations of ours that the WebGPU provider of onnxruntime 1.30 leaves to the CPU, spelled in ones it runs: a fused product as
 * transpose, product and scale; a log-softmax as x - max - log sum exp(x - max).
 */
const LOWERINGS = {
  FusedMatMul: ([a, b], { attributes }) => {
    const [left, right] = [given(a), given(b)]
    const plain = left.graph.one('MatMul', [flag(attributes.transA) ? matrixTranspose(left) : left, flag(attributes.transB) ? matrixTranspose(right) : right])
    const alpha = attributes.alpha && 'float' in attributes.alpha ? attributes.alpha.float : 1
    return [alpha === 1 ? plain : mul(plain, alpha)]
  },
  LogSoftmax: ([x]) => {
    const logits = given(x)
    const shifted = sub(logits, reduceMax(logits, [-1]))
    return [sub(shifted, log(reduceSum(exp(shifted), [-1])))]
  },
  SimplifiedLayerNormalization: ([x, weight], { attributes }) => {
    const rows = given(x)
    const epsilon = attributes.epsilon && 'float' in attributes.epsilon ? attributes.epsilon.float : 0
    const inverse = reciprocal(sqrt(add(reduceMean(mul(rows, rows), [-1]), epsilon)))
    return [mul(mul(rows, inverse), given(weight)), inverse]
  }
} as const satisfies Partial<Record<Node['op'], Lowering>>

/** The graph as the WebGPU provider should get it: every node on floats stays on the device; sizes are still counted on the host. */
export function forWebGpu(graph: Graph): Graph {
  return lower(graph, LOWERINGS)
}

function given(value: Value | null | undefined): Value {
  if (!value) throw new SightlineError('bad_graph', 'an operation lacks an input')
  return value
}

const flag = (attribute: Node['attributes'][string] | undefined): boolean => attribute !== undefined && 'int' in attribute && attribute.int === 1
