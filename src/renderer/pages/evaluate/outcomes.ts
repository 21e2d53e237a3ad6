import type { PairOutcome } from '#shared/contract/comparison.ts'

/** In the order they are shown: what changed first. */
export const OUTCOMES: readonly PairOutcome[] = ['lost', 'won', 'bothWrong', 'bothRight', 'unscored']

/** A chance as it is printed: three digits, or that it is smaller than they can show. */
export function chanceText(p: number): string {
  return p < 0.001 ? '< 0.001' : p.toFixed(3)
}
