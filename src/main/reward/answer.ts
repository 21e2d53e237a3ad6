import type { DatasetItem } from '#shared/domain/datasetItem.ts'
import { firstNumber, parseDecimal } from '#shared/domain/decimal.ts'
import { optionLetter } from '#shared/domain/optionLetter.ts'
import type { Explanation } from '#shared/domain/reward.ts'
import { cameraMotionScore } from './cameraMotion.ts'
import { meanRelativeAccuracy } from './relativeAccuracy.ts'

/** How a multiple-choice answer counts: the very text after trimming (reference), or the option's letter. */
export type ChoiceRule = 'exact' | 'letter'

export type AnswerScore = {
  /** In 0..1; null where the sample cannot be scored (free-form, or a truth that is no number). */
  readonly correct: number | null
  /** What was compared with the truth. */
  readonly extracted: string | null
  readonly explanation: Explanation
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
      return { correct, extracted: answer.trim(), explanation: correct === null ? because('truthNoMotion', { expected: question.answer }) : because('motion', { score: correct }) }
    }
    case 'freeForm': return { correct: null, extracted: answer.trim(), explanation: because('freeForm') }
    default: return question.questionType satisfies never
  }
}

function scoreChoice(question: Question, answer: string, choice: ChoiceRule): AnswerScore {
  const given = choice === 'letter' ? optionLetter(answer, question.options) : answer.trim()
  const expected = choice === 'letter' ? optionLetter(question.answer, question.options) : question.answer.trim()
  if (expected === null) return { correct: null, extracted: given, explanation: because('truthNoOption', { expected: question.answer }) }
  if (given === null) return { correct: 0, extracted: given, explanation: because('noOption', { expected }) }
  return given === expected
    ? { correct: 1, extracted: given, explanation: because('right', { given }) }
    : { correct: 0, extracted: given, explanation: because('wrong', { given, expected }) }
}

function scoreNumber(expected: string, answer: string): AnswerScore {
  const truth = parseDecimal(firstNumber(expected) ?? '')
  if (!truth) return { correct: null, extracted: null, explanation: because('truthNoNumber', { expected }) }
  const extracted = firstNumber(answer)
  const value = parseDecimal(extracted ?? '')
  if (extracted === null || !value) return { correct: 0, extracted, explanation: because('noNumber', { expected }) }
  const correct = meanRelativeAccuracy(value, truth, false)
  return { correct, extracted, explanation: because('relativeAccuracy', { given: extracted, expected, score: correct }) }
}

function because(code: Explanation['code'], values: Explanation['values'] = {}): Explanation {
  return { code, values }
}
