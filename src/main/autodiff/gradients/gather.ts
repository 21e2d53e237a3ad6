import { addElements, addRows, gatherElements, gatherRows } from '#main/onnx/build/gather.ts'
import { reshape, zeros } from '#main/onnx/build/layout.ts'
import type { GATHER } from '#main/onnx/ops/gather.ts'
import { type GradientRow, inputOf } from '../rule.ts'

export const GATHER_RULES: Record<keyof typeof GATHER, GradientRow> = {
  /** Rows only (axis 0). ScatterND-add is ten times faster here than ScatterElements or a one-hot product. */
  Gather: (dy, node) => [
    () => {
      const x = inputOf(node, 0)
      return addRows(zeros(x.graph, x.shape, x.dtype), inputOf(node, 1), dy)
    },
    null
  ],
  GatherElements: (dy, node) => [
    () => {
      const x = inputOf(node, 0)
      return addElements(zeros(x.graph, x.shape, x.dtype), inputOf(node, 1), dy)
    },
    null
  ],
  /** Both scatters add, so the data's gradient passes through. */
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
