import { addElements, gatherElements, gatherRows } from '#main/onnx/build/gather.ts'
import { expand, reshape, zeros } from '#main/onnx/build/layout.ts'
import { product } from '#main/onnx/dims.ts'
import type { GATHER } from '#main/onnx/ops/gather.ts'
import { type GradientRow, inputOf } from '../rule.ts'

export const GATHER_RULES: Record<keyof typeof GATHER, GradientRow> = {
  /** Rows only (axis 0). Not ScatterND-add: its threads race on repeated rows (onnxruntime 1.30 on the CPU), ScatterElements is serial. */
  Gather: (dy, node) => [
    () => {
      const [x, index] = [inputOf(node, 0), inputOf(node, 1)]
      const [count, width] = [product(index.shape), product(x.shape.slice(1))]
      const rows = expand(reshape(index, [count, 1]), [count, width])
      const sum = addElements(zeros(x.graph, [x.shape[0] ?? 1, width], x.dtype), rows, reshape(dy, [count, width]), 0)
      return reshape(sum, x.shape)
    },
    null
  ],
  GatherElements: (dy, node) => [
    () => {
      const x = inputOf(node, 0)
      return addElements(zeros(x.graph, x.shape, x.dtype), inputOf(node, 1), dy, -1)
    },
    null
  ],
  /** Along the last axis, as gatherElements; both scatters add, so the data's gradient passes through. */
  ScatterElements: (dy, node) => [() => dy, null, () => gatherElements(dy, inputOf(node, 1))],
  ScatterND: (dy, node) => [
    () => dy,
    null,
    () => {
      const index = inputOf(node, 1)
      return gatherRows(dy, reshape(index, index.shape.slice(0, -1)))
    }
  ]
}
