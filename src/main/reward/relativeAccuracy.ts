import { absolute, compare, isZero, percentOf, subtract, type Decimal } from '#shared/domain/decimal.ts'

/** 1 - theta in percent for theta = 0.50, 0.55, ..., 0.95. */
const ALLOWED_PERCENT = [50, 45, 40, 35, 30, 25, 20, 15, 10, 5] as const

/**
 * Mean relative accuracy in 0..1 (VSI-Bench; METHOD.md section 2): the share of theta for which |prediction - truth| / |truth|
 * < 1 - theta. Training compares with `<`, VSI-Bench's scorer with `<=` (`inclusive`). Exact decimals, so an error of exactly
 * 0.5 is decided as written. A truth of 0 is met only by 0.
 */
export function meanRelativeAccuracy(prediction: Decimal, truth: Decimal, inclusive: boolean): number {
  const error = absolute(subtract(prediction, truth))
  if (isZero(error)) return 1
  const size = absolute(truth)
  const met = ALLOWED_PERCENT.filter((percent) => {
    const order = compare(error, percentOf(size, percent))
    return inclusive ? order <= 0 && !isZero(size) : order < 0
  })
  return met.length / ALLOWED_PERCENT.length
}
