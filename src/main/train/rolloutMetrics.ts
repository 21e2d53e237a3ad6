import type { PolicySample } from '../model/sequence.ts'
import { k3 } from '../objective/policyLoss.ts'
import type { ScoredPath } from './rollouts.ts'

/** Means over a batch of rollouts, by metric name; a mean over nothing (all unscored) is left out as NaN by the caller. */
export function rolloutMetrics(groups: readonly (readonly ScoredPath[])[]): Record<string, number> {
  const paths = groups.flat()
  const scored = paths.filter(({ reward }) => reward.total !== null)
  const tokens = paths.flatMap(({ trajectory }) => trajectory.steps.map((step) => step.tokens))
  return {
    reward: mean(scored, ({ reward }) => reward.total ?? NaN),
    correct: mean(scored, ({ reward }) => reward.correct ?? NaN),
    format: mean(paths, ({ reward }) => reward.format),
    reflectionRate: mean(paths, ({ reward }) => Number(reward.reflective)),
    referenceReflectionRate: mean(paths, ({ reward }) => Number(reward.referenceReflective)),
    answered: mean(paths, ({ trajectory }) => Number(trajectory.finishReason === 'answered')),
    steps: mean(paths, ({ behaviour }) => behaviour.steps),
    boxes: mean(paths, ({ behaviour }) => behaviour.boxes),
    lines: mean(paths, ({ behaviour }) => behaviour.lines),
    responseTokens: mean(paths, ({ behaviour }) => behaviour.responseTokens),
    entropy: tokenMean(tokens.map((turn) => turn?.entropies ?? []))
  }
}

/** What the policy objective looked like from within, before the step: per-token means over the sampled tokens. */
export function objectiveMetrics(
  samples: readonly PolicySample[], logProbs: readonly Float32Array[], clip: { clipLow: number; clipHigh: number }
): { clipFraction: number; logProbGap: number; kl: number } {
  let [tokens, clipped, gap, kl, compared] = [0, 0, 0, 0, 0]
  samples.forEach((sample, index) => {
    sample.loss.forEach((weight, t) => {
      if (weight === 0) return
      const logProb = logProbs[index]?.[t] ?? 0
      const difference = logProb - (sample.oldLogProbs[t] ?? 0)
      const ratio = Math.exp(difference)
      tokens++
      gap += Math.abs(difference)
      if (sample.advantage > 0 ? ratio > 1 + clip.clipHigh : ratio < 1 - clip.clipLow) clipped++
      const reference = sample.refLogProbs?.[t]
      if (reference === undefined) return
      compared++
      kl += k3(logProb, reference)
    })
  })
  return { clipFraction: clipped / tokens, logProbGap: gap / tokens, kl: kl / compared }
}

function mean<T>(values: readonly T[], value: (of: T) => number): number {
  return values.reduce((sum, of) => sum + value(of), 0) / values.length
}

function tokenMean(turns: readonly (readonly number[])[]): number {
  const count = turns.reduce((sum, turn) => sum + turn.length, 0)
  return turns.reduce((sum, turn) => sum + turn.reduce((inner, value) => inner + value, 0), 0) / count
}
