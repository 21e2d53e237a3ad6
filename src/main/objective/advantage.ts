/** Added to the spread, as the released code does, so that nearly equal rewards do not blow up. */
const EPSILON = 1e-6

/**
 * What a rollout's reward is compared with: `grpo` (S_i - mean) / (std + 1e-6) (METHOD.md equations 7 and 8), `rloo` S_i minus the
 * mean of the others (Ahmadian et al. 2024), `drGrpo` S_i - mean (Liu et al. 2025).
 */
export type AdvantageEstimator = 'grpo' | 'rloo' | 'drGrpo'

/**
 * Group-relative advantages over one item's rollouts. The spread is the unbiased one (n - 1), as in the released code; the paper
 * leaves it open. Unscored rollouts (null) take no part and get 0, and so does a whole group whose scored rewards are equal: it says
 * nothing about what was better.
 */
export function groupAdvantages(rewards: readonly (number | null)[], estimator: AdvantageEstimator = 'grpo'): number[] {
  const scored = rewards.filter((reward) => reward !== null)
  if (scored.length < 2 || scored.every((reward) => reward === scored[0])) return rewards.map(() => 0)
  const mean = scored.reduce((sum, reward) => sum + reward, 0) / scored.length
  const unit = unitOf(estimator, scored, mean)
  return rewards.map((reward) => reward === null ? 0 : (reward - mean) / unit)
}

function unitOf(estimator: AdvantageEstimator, rewards: readonly number[], mean: number): number {
  const others = rewards.length - 1
  switch (estimator) {
    case 'grpo': return Math.sqrt(rewards.reduce((sum, reward) => sum + (reward - mean) ** 2, 0) / others) + EPSILON
    // S_i minus the mean of the others is n / (n - 1) times S_i minus the mean of all.
    case 'rloo': return others / rewards.length
    case 'drGrpo': return 1
  }
}
