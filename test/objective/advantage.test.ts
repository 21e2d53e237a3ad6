import { expect, test } from 'vitest'
import { groupAdvantages } from '#main/objective/advantage.ts'

test('advantages are the rewards in units of the unbiased spread', () => {
  // Rewards 0, 0, 2, 2: mean 1, unbiased variance 4/3.
  const unit = 1 / (Math.sqrt(4 / 3) + 1e-6)
  const [first, second, third, fourth] = groupAdvantages([0, 0, 2, 2])
  for (const low of [first, second]) expect(low).toBeCloseTo(-unit, 12)
  for (const high of [third, fourth]) expect(high).toBeCloseTo(unit, 12)
})

test('RLOO compares with the mean of the others, Dr. GRPO with the mean and no spread', () => {
  // 3 - (0 + 1 + 2) / 3 = 2; 2 - (0 + 1 + 3) / 3 = 2/3; ...
  const rloo = groupAdvantages([0, 1, 2, 3], 'rloo')
  ;[-2, -2 / 3, 2 / 3, 2].forEach((wanted, i) => expect(rloo[i]).toBeCloseTo(wanted, 12))
  expect(groupAdvantages([0, 1, 2, 3], 'drGrpo')).toEqual([-1.5, -0.5, 0.5, 1.5])
})

test.each(['grpo', 'rloo', 'drGrpo'] as const)('%s: a group of equal rewards says nothing', (estimator) => {
  expect(groupAdvantages([1.2, 1.2, 1.2], estimator)).toEqual([0, 0, 0])
  // 0.1 added eight times and divided again is not 0.1: the spread of equal rewards must not be rounding noise.
  expect(groupAdvantages(new Array(8).fill(0.1), estimator)).toEqual(new Array(8).fill(0))
})

test('an unscored rollout takes no part', () => {
  const [first, unscored, last] = groupAdvantages([0, null, 2])
  expect(unscored).toBe(0)
  expect(first).toBeCloseTo(-1 / Math.SQRT2, 5)
  expect(last).toBeCloseTo(1 / Math.SQRT2, 5)
  expect(groupAdvantages([0, null, 2], 'rloo')).toEqual([-2, 0, 2])
  expect(groupAdvantages([null, 2])).toEqual([0, 0])
})
