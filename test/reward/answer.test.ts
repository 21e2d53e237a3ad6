import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Reward } from '#shared/domain/reward.ts'
import { type ChoiceRule, type Question, scoreAnswer } from '#main/reward/answer.ts'
import { optionLetter } from '#shared/domain/optionLetter.ts'
import { benchmarkScore } from '#main/reward/benchmark.ts'
import { cameraMotionScore } from '#main/reward/cameraMotion.ts'
import { compare, firstNumber, parseDecimal, rounded, type Decimal } from '#shared/domain/decimal.ts'
import { meanRelativeAccuracy } from '#main/reward/relativeAccuracy.ts'

const decimal = (text: string): Decimal => {
  const value = parseDecimal(text)
  if (!value) throw new Error(text)
  return value
}

describe('mean relative accuracy', () => {
  it('decides decimal boundaries as written', () => {
    const strict = (answer: string): number => meanRelativeAccuracy(decimal(answer), decimal('10'), false)
    const lenient = (answer: string): number => meanRelativeAccuracy(decimal(answer), decimal('10'), true)
    expect(['5', '5.01', '9.5', '9.51', '10.5', '15', '7', '10'].map(strict)).toEqual([0, 0.1, 0.9, 1, 0.9, 0, 0.4, 1])
    expect(['5', '4.99', '9.5', '9.49', '10.5', '15', '7', '10'].map(lenient)).toEqual([0.1, 0, 1, 0.9, 1, 0.1, 0.5, 1])
  })

  it('scales with the truth, exactly', () => {
    const units = fc.integer({ min: 1, max: 10_000 })
    fc.assert(fc.property(units, fc.integer({ min: 0, max: 20_000 }), fc.integer({ min: -30, max: 30 }), (truth, guess, exponent) => {
      const plain = meanRelativeAccuracy(decimal(`${guess}`), decimal(`${truth}`), false)
      expect(meanRelativeAccuracy(decimal(`-${guess}e${exponent}`), decimal(`-${truth}e${exponent}`), false)).toBe(plain)
      expect(plain).toBeGreaterThanOrEqual(0)
      expect(plain).toBeLessThanOrEqual(1)
    }))
  })

  it('meets a truth of zero only by zero', () => {
    expect(meanRelativeAccuracy(decimal('0.0'), decimal('0'), true)).toBe(1)
    expect(meanRelativeAccuracy(decimal('0.1'), decimal('0'), true)).toBe(0)
  })
})

describe('numbers', () => {
  it('are found in words', () => {
    const found = ['about -4.52 m', 'y > 3, so', '1,200.5 mm', '12,34', '.5', 'no', 'room-2', '3.', '1e3', 'A1 and 7'].map(firstNumber)
    expect(found).toEqual(['-4.52', '3', '1,200.5', '12', '.5', null, '2', '3', '1e3', '1'])
  })

  it('are rounded exactly, halves to even', () => {
    const twoPlaces = (text: string): string => `${rounded(decimal(text), 2).digits}`
    expect(['0.333', '0.125', '0.135', '-0.125', '1.005', '7'].map(twoPlaces)).toEqual(['33', '12', '14', '-12', '100', '7'])
    expect(compare(decimal('1.50'), decimal('1.5'))).toBe(0)
    expect([parseDecimal('1e9999'), parseDecimal('3 m'), parseDecimal(''), parseDecimal('.')]).toEqual([null, null, null, null])
  })
})

describe('choices', () => {
  const question = { questionType: 'multipleChoice' as const, answer: 'B', options: ['A. the sofa', 'B. the lamp'] }

  it('are the very text by default, the option under the letter rule', () => {
    const answers = ['B', ' B ', 'b', '(B)', 'B. the lamp', 'the lamp', 'A', '', 'Because']
    expect(answers.map((answer) => scoreAnswer(question, answer).correct)).toEqual([1, 1, 0, 0, 0, 0, 0, 0, 0])
    expect(answers.map((answer) => scoreAnswer(question, answer, 'letter').correct)).toEqual([1, 1, 1, 1, 1, 1, 0, 0, 0])
    expect(optionLetter('the sofa', question.options)).toBe('A')
  })

  it('leave free-form answers and truths without a number unscored', () => {
    expect(scoreAnswer({ questionType: 'freeForm', answer: 'x', options: null }, 'x').correct).toBeNull()
    expect(scoreAnswer({ questionType: 'numerical', answer: 'many', options: null }, '3').correct).toBeNull()
  })

  it('say why in a code with what was compared', () => {
    const why = (answer: string, asked: Question, rule?: ChoiceRule): unknown => Reward.shape.explanation.parse(scoreAnswer(asked, answer, rule).explanation)
    const number = { questionType: 'numerical' as const, answer: '4 m', options: null }
    expect(why('B', question)).toEqual({ code: 'right', values: { given: 'B' } })
    expect(why('A', question)).toEqual({ code: 'wrong', values: { given: 'A', expected: 'B' } })
    expect(why('Because', question, 'letter')).toEqual({ code: 'noOption', values: { expected: 'B' } })
    expect(why('4.0', number)).toEqual({ code: 'relativeAccuracy', values: { given: '4.0', expected: '4 m', score: 1 } })
    expect(why('none', number)).toEqual({ code: 'noNumber', values: { expected: '4 m' } })
    expect(why('x', { ...number, answer: 'many' })).toEqual({ code: 'truthNoNumber', values: { expected: 'many' } })
  })
})

describe('benchmark scorer and camera motion', () => {
  it('wants numbers as the whole answer, thousands separators allowed', () => {
    expect(benchmarkScore('<answer> 1,100 </answer>', '1000', 'regression')).toBe(0.9)
    expect(benchmarkScore('about 1000', '1000', 'regression')).toBe(0)
    expect([benchmarkScore('3.0', '3', 'numerical'), benchmarkScore('3.001', '3.0', 'numerical'), benchmarkScore('1,200', '1,200', 'numerical')]).toEqual([0, 1, 1])
    expect(benchmarkScore('x', 'x', 'freeForm')).toBeNull()
  })

  it('compares net motion in five opposite pairs', () => {
    expect(cameraMotionScore('move_left:3, move_right:1', 'move_left:2')).toBe(1)
    expect(cameraMotionScore('move_left:1', 'move_left:2,rotate_up:1')).toBeCloseTo((0.1 + 0 + 3) / 5)
    expect(cameraMotionScore('to the left', 'move_left:2')).toBe(0)
    expect(cameraMotionScore('move_left:2', 'left')).toBeNull()
  })
})
