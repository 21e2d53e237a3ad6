/** One compared quantity of a case. Errors are over all its values; for ids `maxAbsolute` counts those that differ. */
export interface Comparison {
  readonly quantity: string
  readonly passed: boolean
  readonly maxAbsolute: number
  /** Relative to the quantity's scale: its range, its size or its largest value, as its tolerance says. */
  readonly maxRelative: number
  readonly detail: string
}

/** What a float quantity is measured by and what is allowed of that measure. */
export interface Tolerance {
  readonly share: number
  /** `range`: largest minus smallest reference value; `largest`: largest magnitude; `size`: that, but at least 1. */
  readonly of: 'range' | 'largest' | 'size'
}

/** Float32 on both sides: what differs is the order of summation. */
export const TOLERANCES = {
  features: { share: 1e-4, of: 'range' },
  logits: { share: 1e-4, of: 'range' },
  loss: { share: 1e-5, of: 'size' },
  gradient: { share: 1e-3, of: 'largest' }
} as const satisfies Record<string, Tolerance>

/** Below this a scale is no scale: a gradient that is zero in exact arithmetic leaves only rounding on both sides. */
const LEAST_SCALE = 1e-6

/** Compares float values; another count of values or a NaN never passes. */
export function compareFloats(quantity: string, got: ArrayLike<number>, expected: ArrayLike<number>, tolerance: Tolerance): Comparison {
  if (got.length !== expected.length) return failed(quantity, `${got.length} values, the reference has ${expected.length}`)
  let [worst, low, high, finite] = [0, Infinity, -Infinity, true]
  for (let i = 0; i < expected.length; i++) {
    const [mine, theirs] = [got[i] ?? Number.NaN, expected[i] ?? Number.NaN]
    const error = Math.abs(mine - theirs)
    if (Number.isNaN(error)) finite = false
    if (error > worst) worst = error
    if (theirs < low) low = theirs
    if (theirs > high) high = theirs
  }
  if (!finite) return failed(quantity, 'a value is not a number')
  const largest = expected.length === 0 ? 0 : Math.max(Math.abs(low), Math.abs(high))
  const scale = tolerance.of === 'range' ? high - low : tolerance.of === 'size' ? Math.max(1, largest) : largest
  const maxRelative = worst === 0 ? 0 : worst / Math.max(scale, LEAST_SCALE)
  return { quantity, passed: maxRelative <= tolerance.share, maxAbsolute: worst, maxRelative, detail: `allowed ${tolerance.share} of ${scale.toPrecision(4)}` }
}

/** Compares ids or positions, which must be equal. */
export function compareIds(quantity: string, got: ArrayLike<number>, expected: ArrayLike<number>): Comparison {
  if (got.length !== expected.length) return failed(quantity, `${got.length} ids, the reference has ${expected.length}`)
  let [different, first] = [0, -1]
  for (let i = 0; i < expected.length; i++) {
    if (got[i] === expected[i]) continue
    if (first < 0) first = i
    different++
  }
  if (different === 0) return { quantity, passed: true, maxAbsolute: 0, maxRelative: 0, detail: `${expected.length} equal` }
  return {
    quantity, passed: false, maxAbsolute: different, maxRelative: different / expected.length,
    detail: `${different} of ${expected.length} differ, the first at ${first}: ${got[first]} for ${expected[first]}`
  }
}

export function failed(quantity: string, detail: string): Comparison {
  return { quantity, passed: false, maxAbsolute: Number.NaN, maxRelative: Number.NaN, detail }
}
