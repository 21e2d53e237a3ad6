import { exp, mul, sub } from '#main/onnx/build/elementwise.ts'
import { reduceSum } from '#main/onnx/build/reduce.ts'
import type { NORMALIZE } from '#main/onnx/ops/normalize.ts'
import { type GradientRow, outputOf } from '../rule.ts'

export const NORMALIZE_RULES: Record<keyof typeof NORMALIZE, GradientRow> = {
  Softmax: (dy, node) => [
    () => {
      const y = outputOf(node)
      const weighted = mul(dy, y)
      return sub(weighted, mul(y, reduceSum(weighted, [-1])))
    }
  ],
  LogSoftmax: (dy, node) => [() => sub(dy, mul(exp(outputOf(node)), reduceSum(dy, [-1])))],
  /** Differentiated as the composites RmsNorm and Rotary, which hold these kernels. */
  SimplifiedLayerNormalization: 'unsupported',
  RotaryEmbedding: 'unsupported'
}
