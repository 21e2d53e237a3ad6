/**
 * Unbiased pass@k (Chen et al. 2021, equation 1): the chance that k of `samples` draws without replacement hold at least
 * one of the `correct` ones, 1 - C(n - c, k) / C(n, k), as a stable product. Needs 0 <= correct <= samples and
 * 1 <= k <= samples.
 */
export function passAtK(samples: number, correct: number, k: number): number {
  if (!(k >= 1 && k <= samples && correct >= 0 && correct <= samples)) {
    throw new RangeError(`pass@${k} of ${correct} correct among ${samples} samples is not defined`)
  }
  if (samples - correct < k) return 1
  let allWrong = 1
  for (let i = samples - correct + 1; i <= samples; i++) allWrong *= 1 - k / i
  return 1 - allWrong
}

/** pass@k for k = 1..n, averaged over items that each have n samples; `correct` holds each item's number of right ones. */
export function passCurve(correct: readonly number[], samples: number): number[] {
  return Array.from({ length: samples }, (_, i) => (
    correct.reduce((sum, count) => sum + passAtK(samples, count, i + 1), 0) / Math.max(correct.length, 1)
  ))
}
