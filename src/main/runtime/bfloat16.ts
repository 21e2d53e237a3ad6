import { bfloat16ToFloat, floatToHalf, halfToFloat } from './halfFloat.ts'

/** What turning bfloat16 values into halves changed. */
export interface HalfLoss {
  /** Finite values beyond the largest half. */
  overflowed: number
  /** Values that are not zero but whose half is. */
  underflowed: number
  /** Infinities and NaNs, in the source already. */
  notFinite: number
  /** Largest |half - value| among the values that did not overflow. */
  maxError: number
}

export function noLoss(): HalfLoss {
  return { overflowed: 0, underflowed: 0, notFinite: 0, maxError: 0 }
}

interface Tables {
  /** Half pattern of each bfloat16 pattern. */
  readonly halves: Uint16Array
  /** |half - value|; 0 where it overflows. */
  readonly errors: Float32Array
  /** 1 overflows, 2 underflows, 3 not finite, 0 neither. */
  readonly fates: Uint8Array
}

let tables: Tables | null = null

/** Every bfloat16 there is, converted once: 65,536 patterns. */
function conversion(): Tables {
  if (tables) return tables
  const values = bfloat16ToFloat(Uint16Array.from({ length: 65536 }, (_, pattern) => pattern))
  const halves = floatToHalf(values).patterns
  const back = halfToFloat(halves)
  const fates = Uint8Array.from(values, (value, pattern) => {
    if (!Number.isFinite(value)) return 3
    if (Math.abs(value) >= 65520) return 1
    return value !== 0 && back[pattern] === 0 ? 2 : 0
  })
  const errors = Float32Array.from(values, (value, pattern) => ((fates[pattern] ?? 0) % 2 === 1 ? 0 : Math.abs((back[pattern] as number) - value)))
  tables = { halves, errors, fates }
  return tables
}

/** Adds to `loss` what converting these bfloat16 patterns to halves would change. */
export function measureHalves(patterns: Uint16Array, loss: HalfLoss): void {
  const { errors, fates } = conversion()
  for (let i = 0; i < patterns.length; i++) {
    const pattern = patterns[i] as number
    const fate = fates[pattern] as number
    const error = errors[pattern] as number
    if (fate === 1) loss.overflowed++
    else if (fate === 2) loss.underflowed++
    else if (fate === 3) loss.notFinite++
    if (error > loss.maxError) loss.maxError = error
  }
}

/** Half patterns of bfloat16 patterns, rounded to the nearest, ties to even; beyond +-65504 the largest half. */
export function bfloat16ToHalf(patterns: Uint16Array): Uint16Array<ArrayBuffer> {
  const { halves } = conversion()
  const out = new Uint16Array(patterns.length)
  for (let i = 0; i < patterns.length; i++) out[i] = halves[patterns[i] as number] as number
  return out
}
