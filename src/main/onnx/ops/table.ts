import type { OpRow } from '../types.ts'
import { COMPOSITE } from './composite.ts'
import { CONTROL } from './control.ts'
import { ELEMENTWISE } from './elementwise.ts'
import { FUSED } from './fused.ts'
import { GATHER } from './gather.ts'
import { LAYOUT } from './layout.ts'
import { MATMUL } from './matmul.ts'
import { NORMALIZE } from './normalize.ts'
import { QUANTIZED } from './quantized.ts'
import { REDUCE } from './reduce.ts'

/** Every operation a graph may hold. autodiff has a rule, `none` or `unsupported` for each, or it does not compile. */
export const OPS = { ...ELEMENTWISE, ...MATMUL, ...LAYOUT, ...REDUCE, ...GATHER, ...NORMALIZE, ...CONTROL, ...FUSED, ...QUANTIZED, ...COMPOSITE } as const

export type OpName = keyof typeof OPS

export function opRow(op: OpName): OpRow {
  return OPS[op]
}
