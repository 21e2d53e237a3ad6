import { SightlineError } from '#shared/domain/errors.ts'
import { concat, reshape, split, transpose, zeros } from '#main/onnx/build/layout.ts'
import { sumTo } from '#main/onnx/build/reduce.ts'
import { dimAt } from '#main/onnx/dims.ts'
import type { Node } from '#main/onnx/graph.ts'
import type { LAYOUT } from '#main/onnx/ops/layout.ts'
import { type GradientRow, inputOf } from '../rule.ts'

export const LAYOUT_RULES: Record<keyof typeof LAYOUT, GradientRow> = {
  Reshape: (dy, node) => [() => reshape(dy, inputOf(node, 0).shape), null],
  Transpose: (dy, node) => [
    () => {
      const order = integersOf(node, 'perm')
      return transpose(dy, order.map((_, i) => order.indexOf(i)))
    }
  ],
  Concat: (dy, node) => {
    const axis = axisOf(node)
    let parts: ReturnType<typeof split> | null = null
    const cut = (): ReturnType<typeof split> => (parts ??= split(dy, node.inputs.map((_, i) => dimAt(inputOf(node, i).shape, axis)), axis))
    return node.inputs.map((_, i) => () => cut()[i] ?? missing(node, i))
  },
  /** Parts nobody read have a zero gradient. */
  Split: (_dy, node, dys) => [
    () => concat(node.outputs.map((part, i) => dys[i] ?? zeros(part.graph, part.shape, part.dtype)), axisOf(node)),
    null
  ],
  Expand: (dy, node) => [() => sumTo(dy, inputOf(node, 0).shape), null],
  ConstantOfShape: 'none',
  Shape: 'none'
}

function axisOf(node: Node): number {
  const attribute = node.attributes['axis']
  return attribute && 'int' in attribute ? attribute.int : 0
}

function integersOf(node: Node, name: string): readonly number[] {
  const attribute = node.attributes[name]
  return attribute && 'ints' in attribute ? attribute.ints : []
}

function missing(node: Node, index: number): never {
  throw new SightlineError('bad_graph', `${node.op} has no input ${index}`)
}
