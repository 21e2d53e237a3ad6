import type { PreferenceSample } from '../model/sequence.ts'
import { preferenceMargin } from '../objective/preferenceLoss.ts'

/**
 * What a preference step looked like before its update, means over pairs: the implicit rewards beta (log p - log ref) of the chosen and
 * the rejected response, their difference, and how often it is positive.
 */
export function preferenceMetrics(samples: readonly PreferenceSample[], logProbs: readonly Float32Array[], beta: number): Record<string, number> {
  const pairs = new Map<number, { chosen: number; rejected: number; refChosen: number; refRejected: number }>()
  samples.forEach((sample, index) => {
    const pair = pairs.get(sample.pair) ?? { chosen: 0, rejected: 0, refChosen: 0, refRejected: 0 }
    sample.loss.forEach((weight, t) => {
      if (weight === 0) return
      pair[sample.chosen ? 'chosen' : 'rejected'] += weight * (logProbs[index]?.[t] ?? 0)
      pair[sample.chosen ? 'refChosen' : 'refRejected'] += weight * (sample.refLogProbs[t] ?? 0)
    })
    pairs.set(sample.pair, pair)
  })
  const all = [...pairs.values()]
  const mean = (value: (pair: (typeof all)[number]) => number): number => all.reduce((sum, pair) => sum + value(pair), 0) / all.length
  return {
    rewardChosen: mean((pair) => beta * (pair.chosen - pair.refChosen)), rewardRejected: mean((pair) => beta * (pair.rejected - pair.refRejected)),
    rewardMargin: mean((pair) => preferenceMargin(pair, beta)), marginAccuracy: mean((pair) => Number(preferenceMargin(pair, beta) > 0))
  }
}
