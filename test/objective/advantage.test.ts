import { expect, test } from 'vitest'
import { groupAdvantages } from '#main/objective/advantage.ts'

test('advantages are the rewards in units of the unbiased spread', () => {
  // Rewards 0, 0, 2, 2: mean 1, unbiased variance 4/3.
  const unit = 1 / (Math.sqrt(4 / 3) + 1e-6)
  expect(groupAdvantages([0, 0, 2, 2])).toEqual([-unit, -unit, unit, unit])
})

test('a group of equal rewards says nothing', () => {
  expect(groupAdvantages([1.2, 1.2, 1.2])).toEqual([0, 0, 0])
  // 0.1 added eight times and divided again is not 0.1: the spread of equal rewards must not be rounding noise.
  expect(groupAdvantages(new Array(8).fill(0.1))).toEqual(new Array(8).fill(0))
})

test('an unscored rollout takes no part', () => {
  const [first, unscored, last] = groupAdvantages([0, null, 2])
  expect(unscored).toBe(0)
  expect(first).toBeCloseTo(-1 / Math.SQRT2, 5)
  expect(last).toBeCloseTo(1 / Math.SQRT2, 5)
  expect(groupAdvantages([null, 2])).toEqual([0, 0])
})
