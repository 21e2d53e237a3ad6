import { expect, test } from 'vitest'
import { itemsOfStep, seedFor } from '#main/train/seeds.ts'

test('steps walk through seeded passes, each item once a pass', () => {
  const order = Array.from({ length: 10 }, (_, step) => itemsOfStep(8, 4, step, 5)).flat()
  for (let pass = 0; pass < 5; pass++) {
    expect(order.slice(pass * 8, pass * 8 + 8).toSorted((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7])
  }
  expect(order.slice(0, 8)).not.toEqual(order.slice(8, 16))
})

test('a step larger than the data wraps around', () => {
  expect(itemsOfStep(3, 7, 0, 1)).toHaveLength(7)
})

test('seeds differ by purpose and by run', () => {
  expect(seedFor(1, 'a')).toBe(seedFor(1, 'a'))
  expect(seedFor(1, 'a')).not.toBe(seedFor(1, 'b'))
  expect(seedFor(1, 'a')).not.toBe(seedFor(2, 'a'))
})
