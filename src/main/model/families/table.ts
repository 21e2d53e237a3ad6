import type { VisionConfig } from '../config.ts'
import type { VisionFamily } from './family.ts'
import { QWEN2_5_VL } from './qwen2_5_vl/vision.ts'
import { QWEN2_VL } from './qwen2_vl/vision.ts'

const FAMILIES: Readonly<Record<VisionConfig['family'], VisionFamily>> = { qwen2_vl: QWEN2_VL, qwen2_5_vl: QWEN2_5_VL }

/** What is particular to a model's vision tower. */
export function familyOf({ family }: VisionConfig): VisionFamily {
  return FAMILIES[family]
}
