import { z } from 'zod'
import { scoreAnswer } from '../../reward/answer.ts'
import { composeReward } from '../../reward/compose.ts'
import { formatScore } from '../../reward/format.ts'
import { isReferenceReflective } from '../../reward/reflection.ts'
import type { ScoredPath } from '../../reward/scoredPath.ts'
import { parseTurn } from '../../rollout/parse.ts'
import { float32RelativeAccuracy } from './float32.ts'
import { outcomeOf, questionTypeOf, WireQuestionType, type VectorResult } from './result.ts'

const RewardCase = z.object({
  assistant_turns: z.array(z.string()).min(1),
  question_type: WireQuestionType,
  ground_truth: z.string(),
  format: z.number(),
  accuracy: z.number(),
  reflection: z.number(),
  overall_half: z.number()
})
type RewardCase = z.infer<typeof RewardCase>
const RewardFile = z.object({ cases: z.array(RewardCase) })

type Scores = Pick<RewardCase, 'format' | 'accuracy' | 'reflection' | 'overall_half'>

/** reward.json: format, accuracy, the reference's reflection flag and the halved total over whole dialogues. */
export function checkReward(file: string, content: unknown): VectorResult[] {
  return RewardFile.parse(content).cases.map((expected, position) => compareCase(file, position, expected))
}

function compareCase(file: string, position: number, expected: RewardCase): VectorResult {
  const answer = referenceAnswer(expected.assistant_turns)
  const exact = scoresOf(expected, answer, accuracyOf(expected, answer))
  const problem = difference(expected, exact)
  const numeric = expected.question_type === 'numerical' || expected.question_type === 'regression'
  if (problem === null || !numeric) return outcomeOf(file, position, problem)
  const float32 = float32RelativeAccuracy(answer, expected.ground_truth)
  if (difference(expected, scoresOf(expected, answer, float32)) !== null) return outcomeOf(file, position, problem)
  const detail = `"${answer}" for ${expected.ground_truth}: exact decimals give ${exact.accuracy}, the reference's 32-bit floats ${float32}; decimals decide (docs/decisions/0003-exact-thresholds.md)`
  return { file, name: String(position), outcome: 'differs', detail }
}

function scoresOf(expected: RewardCase, answer: string, accuracy: number): Scores {
  const path: ScoredPath = { steps: expected.assistant_turns.map(toStep), answer }
  const format = formatScore(path)
  const reflection = format === 1 && isReferenceReflective(path) ? 1 : 0
  return { format, accuracy, reflection, overall_half: composeReward(accuracy, format, { scale: 'half', gate: 0 }) }
}

function toStep(text: string): ScoredPath['steps'][number] {
  const { action, problems } = parseTurn(text)
  return { text, action, problems, observations: [], tokens: null }
}

/** Where the last turn has no answer tags the reference scores the whole turn; our own rewards do not (no answer, no score). */
function referenceAnswer(turns: readonly string[]): string {
  const last = turns.at(-1) ?? ''
  return parseTurn(last).answerText ?? last
}

function accuracyOf(expected: RewardCase, answer: string): number {
  const question = { questionType: questionTypeOf(expected.question_type), answer: expected.ground_truth, options: null }
  // The reference scores free-form answers 0; ours leaves them unscored.
  return scoreAnswer(question, answer).correct ?? 0
}

function difference(expected: Scores, found: Scores): string | null {
  const names = ['format', 'accuracy', 'reflection', 'overall_half'] as const
  const wrong = names.filter((name) => Math.abs(expected[name] - found[name]) > 1e-6)
  return wrong.length === 0 ? null : wrong.map((name) => `${name}: expected ${expected[name]}, got ${found[name]}`).join('; ')
}
