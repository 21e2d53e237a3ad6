import { firstNumber } from '#shared/domain/decimal.ts'

/**
 * Mean relative accuracy as the released training code computes it, in 32-bit floats: the witness for cases where its
 * rounding and exact decimals disagree. Never used for scoring.
 */
export function float32RelativeAccuracy(answer: string, truth: string): number {
  const f = Math.fround
  const prediction = f(numberIn(answer))
  const target = f(numberIn(truth))
  const error = f(f(Math.abs(f(prediction - target))) / f(f(Math.abs(target)) + f(1e-8)))
  const met = Array.from({ length: 10 }, (_, i) => error < f(1 - f(0.5 + i * 0.05)))
  return met.filter(Boolean).length / met.length
}

function numberIn(text: string): number {
  return Number((firstNumber(text) ?? 'NaN').replaceAll(',', ''))
}
