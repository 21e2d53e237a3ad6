import type { Reward, RewardScale } from '#shared/domain/reward.ts'
import { scoreAnswer, type ChoiceRule, type Question } from './answer.ts'
import { formatScore, type TurnShape } from './format.ts'
import { isReferenceReflective, isReflective } from './reflection.ts'
import type { ScoredPath } from './scoredPath.ts'

export interface RewardOptions {
  /** `sum`: S_correct + S_format (paper); `half`: half of each (released code). */
  readonly scale: RewardScale
  /** beta: S_correct must be above it to earn anything. */
  readonly gate: number
  readonly choice?: ChoiceRule
  readonly shape?: TurnShape
}

/**
 * The reward of a finished path: S = 1[S_correct > beta] (S_correct + S_format), METHOD.md section 2. A path without an answer
 * has S_correct 0; a sample that cannot be scored has total and correct null, never 0.
 */
export function scorePath(item: Question, path: ScoredPath, options: RewardOptions): Reward {
  const format = formatScore(path, options.shape)
  const answer = scoreAnswer(item, path.answer ?? '', options.choice)
  const unanswered = path.answer === null && answer.correct !== null
  const correct = unanswered ? 0 : answer.correct
  return {
    total: correct === null ? null : composeReward(correct, format, options),
    correct,
    format,
    reflective: isReflective(path),
    referenceReflective: format === 1 && isReferenceReflective(path),
    extractedAnswer: path.answer === null ? null : answer.extracted,
    explanation: unanswered ? { code: 'noAnswer', values: {} } : answer.explanation
  }
}

/** Gate and scale of S_correct and S_format, both in 0..1: a number in 0..2 (`sum`) or 0..1 (`half`). */
export function composeReward(correct: number, format: number, { scale, gate }: Pick<RewardOptions, 'scale' | 'gate'>): number {
  if (!(correct > gate)) return 0
  return scale === 'sum' ? correct + format : 0.5 * correct + 0.5 * format
}
