import { expect, test } from 'vitest'
import type { PolicySample } from '#main/model/sequence.ts'
import { finishName, objectiveMetrics } from '#main/train/rolloutMetrics.ts'

const sample = (advantage: number, old: number[], loss = old.map(() => 0.5), ref?: number[]): PolicySample => ({
  ids: Int32Array.from(old, () => 1), images: [], loss: Float32Array.from(loss), advantage, oldLogProbs: Float32Array.from(old),
  ...(ref === undefined ? {} : { refLogProbs: Float32Array.from(ref) })
})
const logs = (...ratios: number[]): Float32Array => Float32Array.from(ratios, (ratio) => Math.log(ratio))

test('clips are counted on the side where they act; tokens outside the loss do not count', () => {
  const samples = [sample(1, [0, 0, 0], [0, 1, 1]), sample(-1, [0, 0, 0, 0])]
  const found = objectiveMetrics(samples, [logs(9, 1.3, 0.5), logs(0.5, 1.3, 4, 1)], { clipLow: 0.2, clipHigh: 0.25, dualClip: 3 })
  // Up: 1.3 of the first; down: 0.5 of the second; beyond the dual clip: 4 of the second. Six tokens count.
  expect(found['clipFractionHigh']).toBeCloseTo(1 / 6)
  expect(found['clipFractionLow']).toBeCloseTo(1 / 6)
  expect(found['clipFraction']).toBeCloseTo(2 / 6)
  expect(found['clipFractionDual']).toBeCloseTo(1 / 6)
  expect(found['ratioMax']).toBeCloseTo(4)
  expect(found['kl']).toBeNaN()
})

test('the KL to the reference is the mean of k3', () => {
  const found = objectiveMetrics([sample(1, [-1, -1], [1, 1], [-1.5, -1])], [Float32Array.of(-1, -1)], { clipLow: 0.2, clipHigh: 0.2 })
  expect(found['kl']).toBeCloseTo((Math.exp(-0.5) + 0.5 - 1) / 2, 6)
  expect(found['clipFractionDual']).toBeNaN()
})

test('a ratio of whole paths is one number for all of a path’s tokens', () => {
  const found = objectiveMetrics([sample(1, [0, 0])], [logs(4, 1)], { ratio: 'sequence', clipLow: 0.2, clipHigh: 0.2 })
  expect(found['ratioMax']).toBeCloseTo(2)
  expect(found['clipFractionHigh']).toBe(1)
})

test('finish reasons are named as the other metrics are', () => {
  expect(finishName('too_many_turns')).toBe('finishTooManyTurns')
})
