import type { OpName } from '#main/onnx/ops/table.ts'
import type { GradientRow } from '../rule.ts'
import { COMPOSITE_RULES } from './composite.ts'
import { CONTROL_RULES } from './control.ts'
import { ELEMENTWISE_RULES } from './elementwise.ts'
import { FUSED_RULES } from './fused.ts'
import { GATHER_RULES } from './gather.ts'
import { LAYOUT_RULES } from './layout.ts'
import { MATMUL_RULES } from './matmul.ts'
import { NORMALIZE_RULES } from './normalize.ts'
import { QUANTIZED_RULES } from './quantized.ts'
import { REDUCE_RULES } from './reduce.ts'

/** One row for every operation: leaving one out does not compile. */
export const GRADIENTS: Record<OpName, GradientRow> = {
  ...ELEMENTWISE_RULES,
  ...MATMUL_RULES,
  ...LAYOUT_RULES,
  ...REDUCE_RULES,
  ...GATHER_RULES,
  ...NORMALIZE_RULES,
  ...CONTROL_RULES,
  ...FUSED_RULES,
  ...QUANTIZED_RULES,
  ...COMPOSITE_RULES
}
