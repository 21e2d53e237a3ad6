import { SightlineError } from '#shared/domain/errors.ts'
import { add, exp, log, mul, reciprocal, scalar, sqrt, sub } from './build/elementwise.ts'
import { concat, matrixTranspose, split } from './build/layout.ts'
import { reduceMax, reduceMean, reduceSum } from './build/reduce.ts'
import { sum } from './dims.ts'
import type { Graph, Node, Value } from './graph.ts'
import { lower, type Lowering } from './lower.ts'
import type { Dim } from './types.ts'

/** Tensors a node of the device reads and writes at most: every device binds 8 buffers to a shader. */
const MOST_PARTS = 6

/**
 * Operations of ours that the WebGPU provider of onnxruntime 1.30 leaves to the CPU, spelled in ones it runs: a fused product as
 * transpose, product and scale; a log-softmax as x - max - log sum exp(x - max); zeros as a zero that is spread out.
 */
const LOWERINGS = {
  Concat: (parts, { attributes }) => {
    const axis = attributes.axis && 'int' in attributes.axis ? attributes.axis.int : 0
    return [joined(parts.map(given), axis)]
  },
  Split: ([x], { attributes, facts }) => {
    const axis = attributes.axis && 'int' in attributes.axis ? attributes.axis.int : 0
    return cut(given(x), facts.sizes ?? [], axis)
  },
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
  ConstantOfShape: ([shape], { outputs: [zeros], facts }) => {
    const { graph } = given(shape)
    return zeros?.dtype === graph.float ? [graph.one('Expand', [scalar(graph, 0), given(shape)], { facts })] : null
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

function joined(parts: readonly Value[], axis: number): Value {
  if (parts.length <= MOST_PARTS) return concat(parts, axis)
  return joined(groupsOf(parts).map((group) => joined(group, axis)), axis)
}

function cut(x: Value, sizes: readonly Dim[], axis: number): Value[] {
  if (sizes.length <= MOST_PARTS) return split(x, sizes, axis)
  const groups = groupsOf(sizes)
  return cut(x, groups.map(sum), axis).flatMap((part, i) => split(part, groups[i] ?? [], axis))
}

function groupsOf<T>(parts: readonly T[]): T[][] {
  return Array.from({ length: Math.ceil(parts.length / MOST_PARTS) }, (_, i) => parts.slice(i * MOST_PARTS, (i + 1) * MOST_PARTS))
}

function given(value: Value | null | undefined): Value {
  if (!value) throw new SightlineError('bad_graph', 'an operation lacks an input')
  return value
}

const flag = (attribute: Node['attributes'][string] | undefined): boolean => attribute !== undefined && 'int' in attribute && attribute.int === 1
