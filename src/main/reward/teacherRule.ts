import type { Reward } from '#shared/domain/reward.ts'
import type { FinishReason } from '#shared/domain/trajectory.ts'

/** Why a written path is not learnt from; the first that holds. */
export type DropReason = 'no answer' | 'wrong answer' | 'not well-formed' | 'too few steps'
export const DROP_REASONS: readonly DropReason[] = ['no answer', 'wrong answer', 'not well-formed', 'too few steps']

/**
 * The cold start's rule (METHOD.md section 3): fully correct, well-formed, at least `minSteps` turns; null: worth learning from.
 * A path whose question cannot be scored is never known to be correct.
 */
export function dropReason(
  path: { readonly reward: Pick<Reward, 'correct' | 'format'> | null; readonly finishReason: FinishReason | (string & {}); readonly steps: number }, minSteps: number
): DropReason | null {
  if (path.finishReason !== 'answered') return 'no answer'
  if (path.reward?.correct !== 1) return 'wrong answer'
  if (path.reward.format !== 1) return 'not well-formed'
  return path.steps < minSteps ? 'too few steps' : null
}
