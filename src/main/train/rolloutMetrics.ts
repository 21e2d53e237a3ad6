import { RolloutEnding } from '#shared/domain/trajectory.ts'
import type { PolicySample } from '../model/sequence.ts'
import { k3, policyRatios } from '../objective/policyLoss.ts'
import type { PolicyLossSettings } from '../objective/policyLoss.ts'
import type { ScoredPath } from './rollouts.ts'

/** Means over a batch of rollouts, by metric name (docs/METRICS.md); a mean over nothing (all unscored) is left out as NaN by the caller. */
export function rolloutMetrics(groups: readonly (readonly ScoredPath[])[]): Record<string, number> {
  const paths = groups.flat()
  const scored = paths.filter(({ reward }) => reward.total !== null)
  const turns = paths.flatMap(({ trajectory }) => trajectory.steps.map((step) => step.tokens))
  const lengths = paths.map(({ behaviour }) => behaviour.responseTokens)
  return {
    reward: mean(scored, ({ reward }) => reward.total ?? NaN),
    rewardSpread: mean(groups.flatMap((group) => spread(group.flatMap(({ reward }) => reward.total ?? []))), (value) => value),
    correct: mean(scored, ({ reward }) => reward.correct ?? NaN),
    format: mean(paths, ({ reward }) => reward.format),
    reflectionRate: mean(paths, ({ reward }) => Number(reward.reflective)),
    referenceReflectionRate: mean(paths, ({ reward }) => Number(reward.referenceReflective)),
    ...Object.fromEntries(RolloutEnding.options.map((reason) => [finishName(reason), mean(paths, ({ trajectory }) => Number(trajectory.finishReason === reason))])),
    steps: mean(paths, ({ behaviour }) => behaviour.steps),
    boxes: mean(paths, ({ behaviour }) => behaviour.boxes),
    lines: mean(paths, ({ behaviour }) => behaviour.lines),
    turnTokens: lengths.reduce((sum, length) => sum + length, 0) / turns.length,
    responseTokens: mean(lengths, (length) => length),
    responseTokensMax: lengths.reduce((most, length) => Math.max(most, length), 0),
    sampledTokens: lengths.reduce((sum, length) => sum + length, 0),
    entropy: tokenMean(turns.map((turn) => turn?.entropies ?? []))
  }
}

/** `too_many_turns` -> `finishTooManyTurns`. */
export function finishName(reason: RolloutEnding): string {
  return `finish_${reason}`.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase())
}

/** What the policy objective looked like from within, before the step: over the tokens that count in the loss. */
export function objectiveMetrics(
  samples: readonly PolicySample[], logProbs: readonly Float32Array[], { ratio, clipLow, clipHigh, dualClip = 0 }: Omit<PolicyLossSettings, 'klBeta'>
): Record<string, number> {
  const sums = { tokens: 0, low: 0, high: 0, dual: 0, gap: 0, kl: 0, compared: 0, ratio: 0, ratioMax: 0 }
  samples.forEach((sample, index) => {
    const counted = [...sample.loss.keys()].filter((t) => sample.loss[t] !== 0)
    const own = counted.map((t) => logProbs[index]?.[t] ?? 0)
    const old = counted.map((t) => sample.oldLogProbs[t] ?? 0)
    policyRatios({ logProbs: own, oldLogProbs: old, responses: counted.map(() => 0) }, ratio).forEach((rho, at) => {
      const logProb = own[at] as number
      sums.tokens++
      sums.gap += Math.abs(logProb - (old[at] as number))
      sums.ratio += rho
      sums.ratioMax = Math.max(sums.ratioMax, rho)
      if (sample.advantage > 0 && rho > 1 + clipHigh) sums.high++
      if (sample.advantage < 0 && rho < 1 - clipLow) sums.low++
      if (sample.advantage < 0 && dualClip > 0 && rho > dualClip) sums.dual++
      const reference = sample.refLogProbs?.[counted[at] as number]
      if (reference === undefined) return
      sums.compared++
      sums.kl += k3(logProb, reference)
    })
  })
  const of = (count: number): number => count / sums.tokens
  return {
    clipFraction: of(sums.low + sums.high), clipFractionLow: of(sums.low), clipFractionHigh: of(sums.high), clipFractionDual: dualClip > 0 ? of(sums.dual) : NaN,
    logProbGap: of(sums.gap), ratioMean: of(sums.ratio), ratioMax: sums.tokens > 0 ? sums.ratioMax : NaN, kl: sums.kl / sums.compared
  }
}

/** Spread (n - 1) of a group's rewards; nothing for a group of fewer than two scored paths. */
function spread(rewards: readonly number[]): number[] {
  if (rewards.length < 2) return []
  const middle = mean(rewards, (reward) => reward)
  return [Math.sqrt(rewards.reduce((sum, reward) => sum + (reward - middle) ** 2, 0) / (rewards.length - 1))]
}

function mean<T>(values: readonly T[], value: (of: T) => number): number {
  return values.reduce((sum, of) => sum + value(of), 0) / values.length
}

function tokenMean(turns: readonly (readonly number[])[]): number {
  const count = turns.reduce((sum, turn) => sum + turn.length, 0)
  return turns.reduce((sum, turn) => sum + turn.reduce((inner, value) => inner + value, 0), 0) / count
}
