import type { CONTROL } from '#main/onnx/ops/control.ts'
import type { GradientRow } from '../rule.ts'

export const CONTROL_RULES: Record<keyof typeof CONTROL, GradientRow> = {
  /** Loops generate; nothing is trained through them. */
  Loop: 'unsupported'
}
