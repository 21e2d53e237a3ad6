import type { DatasetItem } from '#shared/domain/datasetItem.ts'
import { firstNumber, parseDecimal } from '#shared/domain/decimal.ts'
import { optionLetter } from '#shared/domain/optionLetter.ts'
import { cameraMotionScore } from './cameraMotion.ts'
import { meanRelativeAccuracy } from './relativeAccuracy.ts'

/** How a multiple-choice answer counts: the very text after trimming (reference), or the option's letter. */
export type ChoiceRule = 'exact' | 'letter'

export type AnswerScore = {
  /** In 0..1; null where the sample cannot be scored (free-form, or a truth that is no number). */
  readonly correct: number | null
  /** What was compared with the truth. */
  readonly extracted: string | null
  readonly explanation: string
}

export type Question = Pick<DatasetItem, 'questionType' | 'answer' | 'options'>

/** S_correct of an answer's text by the training rules (METHOD.md section 2). */
export function scoreAnswer(question: Question, answer: string, choice: ChoiceRule = 'exact'): AnswerScore {
  switch (question.questionType) {
    case 'multipleChoice': return scoreChoice(question, answer, choice)
    case 'numerical':
    case 'regression': return scoreNumber(question.answer, answer)
    case 'vci': {
      const correct = cameraMotionScore(answer, question.answer)
      return { correct, extracted: answer.trim(), explanation: correct === null ? 'The expected camera motion cannot be read' : 'Mean relative accuracy over five motion pairs' }
    }
    case 'freeForm': return { correct: null, extracted: answer.trim(), explanation: 'Free-form answers are not scored' }
    default: return question.questionType satisfies never
  }
}

function scoreChoice(question: Question, answer: string, choice: ChoiceRule): AnswerScore {
  const given = choice === 'letter' ? optionLetter(answer, question.options) : answer.trim()
  const expected = choice === 'letter' ? optionLetter(question.answer, question.options) : question.answer.trim()
  if (expected === null) return { correct: null, extracted: given, explanation: `"${question.answer}" names no option` }
  const right = given === expected
  return { correct: right ? 1 : 0, extracted: given, explanation: right ? `${expected} is right` : `${given ?? 'No option'} instead of ${expected}` }
}

function scoreNumber(expected: string, answer: string): AnswerScore {
  const truth = parseDecimal(firstNumber(expected) ?? '')
  if (!truth) return { correct: null, extracted: null, explanation: `The expected answer "${expected}" holds no number` }
  const extracted = firstNumber(answer)
  const value = parseDecimal(extracted ?? '')
  if (!value) return { correct: 0, extracted, explanation: 'The answer holds no number' }
  const correct = meanRelativeAccuracy(value, truth, false)
  return { correct, extracted, explanation: `${extracted ?? ''} for ${expected}: mean relative accuracy ${correct}` }
}
