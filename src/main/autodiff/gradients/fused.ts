import type { FUSED } from '#main/onnx/ops/fused.ts'
import type { GradientRow } from '../rule.ts'

export const FUSED_RULES: Record<keyof typeof FUSED, GradientRow> = {
  /** For inference only; what is trained is the composite Attention. */
  MultiHeadAttention: 'unsupported'
}
