import { gemm } from '#main/onnx/build/matmul.ts'
import { dequantized } from '#main/onnx/build/quantized.ts'
import type { QUANTIZED } from '#main/onnx/ops/quantized.ts'
import { type GradientRow, inputOf } from '../rule.ts'

export const QUANTIZED_RULES: Record<keyof typeof QUANTIZED, GradientRow> = {
  /** dX = dY W with W in floats for this one product. The matrix itself is frozen: rounding has no gradient. */
  MatMulNBits: (dy, node) => [
    () => gemm(dy, dequantized({ packed: inputOf(node, 1), scales: inputOf(node, 2), zeroPoints: inputOf(node, 3) })), null, null, null
  ],
  GatherBlockQuantized: 'unsupported'
}
