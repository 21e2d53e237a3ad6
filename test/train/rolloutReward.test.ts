import { expect, test } from 'vitest'
import type { DatasetItem, QuestionType } from '#shared/domain/datasetItem.ts'
import { rewardOf } from '#main/train/rolloutReward.ts'
import type { RewardRule } from '#main/train/rolloutReward.ts'

function scored(questionType: QuestionType, expected: string, answer: string | null, rule: RewardRule) {
  const item = { questionType, answer: expected, options: null } as DatasetItem
  const text = answer === null ? '<think> </think> Action: Answer\n' : `<think> </think> Action: Answer\n<answer> ${answer} </answer>`
  const action = answer === null ? { kind: 'none' as const } : { kind: 'answer' as const, text: answer }
  return rewardOf(item, { answer, steps: [{ text, action, problems: [], observations: [], tokens: null }] }, 'action', rule)
}

const training: RewardRule = { kind: 'training', scale: 'sum', gate: 0 }
const benchmark: RewardRule = { kind: 'benchmark' }

test('training matches the whole answer, a benchmark the option’s letter', () => {
  expect(scored('multipleChoice', 'B', 'B. the sofa', training)).toMatchObject({ correct: 0, total: 0 })
  expect(scored('multipleChoice', 'B', 'B. the sofa', benchmark)).toMatchObject({ correct: 1, total: 2 })
})

test('a benchmark of word answers is not met by their first letter', () => {
  expect(scored('multipleChoice', 'blue', 'black', benchmark).correct).toBe(0)
  expect(scored('multipleChoice', 'blue', 'blue', benchmark).correct).toBe(1)
})

test('an error exactly on a threshold counts at a benchmark and not in training', () => {
  // |9.5 - 10| / 10 = 0.05: met by `<=` at theta 0.95, not by `<`.
  expect(scored('regression', '10', '9.5', training).correct).toBeCloseTo(0.9)
  expect(scored('regression', '10', '9.5', benchmark).correct).toBe(1)
})

test('what cannot be scored is null, no answer is wrong', () => {
  expect(scored('freeForm', 'a lamp', 'a lamp', benchmark)).toMatchObject({ correct: null, total: null })
  expect(scored('multipleChoice', 'B', null, benchmark).correct).toBe(0)
})
