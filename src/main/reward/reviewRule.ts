import type { Reward } from '#shared/domain/reward.ts'
import type { Verdict } from '#shared/domain/review.ts'
import type { FinishReason } from '#shared/domain/trajectory.ts'

/** What people's reviews say of a path as an example of reflection. */
export type ReviewOpinion = 'kept' | 'vetoed'

/**
 * phi of METHOD.md section 3 by people's marks: a path that was rejected, or whose reflection was found wrong, is never learnt; one
 * that was accepted, or marked reflective by hand, is when it is correct, well-formed and reflective, where a person's word stands for
 * the rule's. A path that a person cut off is no example: what reflection is worth shows at the answer. Null when nothing decides it.
 */
export function reviewOpinion(
  { verdict, markedReflective, reward, finishReason }: { readonly finishReason: FinishReason | (string & {}); readonly verdict: Verdict | null; readonly markedReflective: boolean | null; readonly reward: Pick<Reward, 'correct' | 'format' | 'reflective'> | null }
): ReviewOpinion | null {
  if (finishReason === 'cut') return null
  if (verdict === 'reject' || markedReflective === false) return 'vetoed'
  if (verdict === null && markedReflective === null) return null
  const right = verdict === 'accept' || (reward !== null && (reward.correct ?? 0) > 0 && reward.format === 1)
  return right && (markedReflective ?? reward?.reflective ?? false) ? 'kept' : null
}
