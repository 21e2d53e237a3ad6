/** Added to the spread, as the released code does, so that nearly equal rewards do not blow up. */
const EPSILON = 1e-6

/**
 * Group-relative advantages A_i = (S_i - mean) / (std + 1e-6) over one item's rollouts (METHOD.md equations 7 and 8).
 * The spread is the unbiased one (n - 1), as in the released code; the paper leaves it open. Unscored rollouts (null) take no
 * part and get 0, and so does a whole group whose scored rewards are equal: it says nothing about what was better.
 */
export function groupAdvantages(rewards: readonly (number | null)[]): number[] {
  const scored = rewards.filter((reward) => reward !== null)
  const mean = scored.reduce((sum, reward) => sum + reward, 0) / scored.length
  const variance = scored.reduce((sum, reward) => sum + (reward - mean) ** 2, 0) / (scored.length - 1)
  if (scored.length < 2 || scored.every((reward) => reward === scored[0])) return rewards.map(() => 0)
  return rewards.map((reward) => reward === null ? 0 : (reward - mean) / (Math.sqrt(variance) + EPSILON))
}
