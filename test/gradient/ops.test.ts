import { describe, expect, it } from 'vitest'
import { GRADIENTS } from '#main/autodiff/gradients/table.ts'
import { OPS } from '#main/onnx/ops/table.ts'
import { CASES } from './cases.ts'
import { checkGradient } from './check.ts'

/** Without a float64 kernel; fused.test.ts and model/quantized.test.ts check them in float32. */
const ELSEWHERE = new Set(['FusedMatMul', 'Erf', 'MatMulNBits'])

describe('gradients against central differences in float64', () => {
  for (const [op, cases] of Object.entries(CASES)) {
    it(op, async () => {
      for (const check of cases) await checkGradient(check)
    })
  }

  it('covers every rule of the table', () => {
    const ruled = Object.entries(GRADIENTS).flatMap(([op, row]) => (typeof row === 'function' && !ELSEWHERE.has(op) ? [op] : []))
    expect(ruled.filter((op) => !(op in CASES))).toEqual([])
    expect(Object.keys(GRADIENTS).sort()).toEqual(Object.keys(OPS).sort())
  })
})
