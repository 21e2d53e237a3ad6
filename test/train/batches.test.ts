import fc from 'fast-check'
import { expect, test } from 'vitest'
import { microBatches, planBatches } from '#main/train/batches.ts'

const lengths = fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1, maxLength: 120 })

test('every pass visits every sample once, in batches of the given size', () => {
  fc.assert(fc.property(lengths, fc.integer({ min: 1, max: 16 }), fc.integer({ min: 1, max: 3 }), (sizes, batchSize, epochs) => {
    const batches = planBatches(sizes, { batchSize, epochs, seed: 7 })
    expect(batches.every((batch) => batch.length <= batchSize)).toBe(true)
    const visits = batches.flat().toSorted((a, b) => a - b)
    expect(visits).toEqual([...sizes.keys()].flatMap((index) => Array.from({ length: epochs }, () => index)))
  }))
})

test('a fraction of an epoch takes that share of the samples', () => {
  expect(planBatches(new Array(100).fill(5), { batchSize: 8, epochs: 1.25, seed: 1 }).flat()).toHaveLength(125)
  expect(new Set(planBatches(new Array(100).fill(5), { batchSize: 8, epochs: 0.25, seed: 1 }).flat()).size).toBe(25)
})

test('the plan depends on nothing but its arguments, and the seed changes it', () => {
  const sizes = Array.from({ length: 60 }, (_, index) => 20 + (index * 37) % 90)
  const plan = { batchSize: 4, epochs: 2, seed: 3 }
  expect(planBatches(sizes, plan)).toEqual(planBatches(sizes, plan))
  expect(planBatches(sizes, { ...plan, seed: 4 })).not.toEqual(planBatches(sizes, plan))
})

test('batches hold neighbours in length', () => {
  const sizes = Array.from({ length: 256 }, (_, index) => 1 + (index * 101) % 256)
  const padding = (batches: number[][]) => batches.reduce((sum, batch) => {
    const longest = Math.max(...batch.map((index) => sizes[index] ?? 0))
    return sum + batch.reduce((inner, index) => inner + longest - (sizes[index] ?? 0), 0)
  }, 0)
  const unsorted = Array.from({ length: 16 }, (_, batch) => Array.from({ length: 16 }, (_, index) => batch * 16 + index))
  expect(padding(planBatches(sizes, { batchSize: 16, epochs: 1, seed: 1 }))).toBeLessThan(padding(unsorted) / 4)
})

test('micro-batches keep every sample and stay under the token limit where they can', () => {
  fc.assert(fc.property(lengths, fc.integer({ min: 50, max: 1000 }), (sizes, maxTokens) => {
    const samples = sizes.map((length, index) => ({ index, ids: new Int32Array(length) }))
    const parts = microBatches(samples, maxTokens)
    expect(parts.flat().map(({ index }) => index).toSorted((a, b) => a - b)).toEqual([...sizes.keys()])
    for (const part of parts) {
      const width = Math.max(...part.map(({ ids }) => ids.length))
      expect(part.length === 1 || width * part.length <= maxTokens).toBe(true)
    }
  }))
})
