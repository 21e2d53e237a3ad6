import { expect, test } from 'vitest'
import type { DatasetItem, QuestionType } from '#shared/domain/datasetItem.ts'
import { Random } from '#shared/domain/random.ts'
import { scoreAnswer } from '#main/reward/answer.ts'
import { alteredAnswers } from '#main/train/alteredAnswer.ts'

const item = (questionType: QuestionType, answer: string, options: string[] | null = null) => ({ questionType, answer, options }) satisfies Partial<DatasetItem>
const altered = (...of: Parameters<typeof item>): string[] => alteredAnswers(item(...of), 99, Random.seeded(1)).toSorted()

test('an option becomes another option, a letter another letter', () => {
  expect(altered('multipleChoice', 'left', ['left', 'right'])).toEqual(['right'])
  expect(altered('multipleChoice', 'B', ['A. sofa', 'B. lamp', 'C. table'])).toEqual(['A', 'C'])
  expect(altered('multipleChoice', 'K', ['A', 'K', 'T'])).toEqual(['A', 'T'])
  expect(altered('multipleChoice', 'B')).toEqual([])
})

test.each(['1', '3', '12', '0', '2.50', '1,200', '-4', 'about 7 m'])('the number %s becomes one whose relative accuracy is 0, written as it was', (answer) => {
  const wrong = altered('numerical', answer)
  expect(wrong.length).toBeGreaterThan(1)
  for (const text of wrong) {
    expect(scoreAnswer(item('numerical', answer), text).correct).toBe(0)
    expect(text.replace(/-?[\d.,]+/, '')).toBe(answer.replace(/-?[\d.,]+/, ''))
  }
})

test('a camera motion is turned round; what is not scored has no altered form', () => {
  expect(altered('vci', 'move_right:0.3,rotate_up:12')).toEqual(['move_left:0.3,rotate_down:12'])
  expect(altered('freeForm', 'a lamp')).toEqual([])
})

test('the same seed chooses the same few', () => {
  const few = (seed: number): string[] => alteredAnswers(item('numerical', '10'), 2, Random.seeded(seed))
  expect(few(3)).toHaveLength(2)
  expect(few(3)).toEqual(few(3))
  expect([1, 2, 3, 4, 5].map((seed) => few(seed).join()).every((text, _, all) => text === all[0])).toBe(false)
})
