import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { DrawOp } from '#shared/domain/drawOp.ts'
import type { ImageRef } from '#shared/domain/imageRef.ts'
import type { Reward } from '#shared/domain/reward.ts'
import type { Observation, Step } from '#shared/domain/trajectory.ts'
import { groundingScore } from '#main/evaluate/grounding.ts'
import { overallScore, taskScores, type EvaluatedPath } from '#main/evaluate/metrics.ts'
import { passAtK, passCurve } from '#main/evaluate/passAtK.ts'

const image: ImageRef = { blob: 'a'.repeat(64) as ImageRef['blob'], width: 224, height: 112, mime: 'image/png', origin: { kind: 'drawn' } }
const modelSizes = [{ width: 112, height: 112 }]
const wanted: DrawOp[] = [
  { kind: 'box', imageIndex: 1, box: [0, 0, 80, 40], label: 'sofa', space: 'source' },
  { kind: 'line', imageIndex: 1, start: [28, 14], end: [84, 14], label: 'path', space: 'source' }
]

function draws(ops: DrawOp[], observed: [number, number][] = []): Step {
  const observations: Observation[] = observed.map(([sourceIndex, newIndex]) => ({ sourceIndex, newIndex, shapes: [], image }))
  return { text: '', thought: '', action: { kind: 'draw', tool: '', ops }, observations, problems: [], mistake: false, tokens: null }
}

const box = (imageIndex: number, values: [number, number, number, number], label = 'sofa'): DrawOp => ({ kind: 'box', imageIndex, box: values, label, space: 'model' })
const line = (imageIndex: number, start: [number, number], end: [number, number]): DrawOp => ({ kind: 'line', imageIndex, start, end, label: '1', space: 'model' })
const grounding = (...steps: Step[]): number | null => groundingScore({ truth: wanted, images: [image] }, { steps, modelSizes })

describe('grounding', () => {
  it('compares in model pixels', () => {
    expect(grounding(draws([box(1, [0, 0, 40, 40]), line(1, [14, 20], [42, 14])]))).toBe(1)
    expect(grounding(draws([box(1, [0, 0, 80, 40]), line(1, [42, 14], [14, 14])]))).toBe(0)
    expect(grounding(draws([box(1, [0, 0, 40, 40])]))).toBe(0.5)
    expect(groundingScore({ truth: [], images: [image] }, { steps: [], modelSizes })).toBeNull()
  })

  it('takes the last drawing of a label on a picture', () => {
    expect(grounding(draws([box(1, [60, 60, 99, 99])], [[1, 2]]), draws([box(2, [0, 0, 40, 40])]))).toBe(0.5)
    expect(grounding(draws([box(1, [0, 0, 40, 40])], [[1, 2]]), draws([box(2, [60, 60, 99, 99])]))).toBe(0)
  })
})

describe('task scores', () => {
  const reward = (correct: number | null, format: number, reflective = false): Reward => (
    { total: correct, correct, format, reflective, referenceReflective: false, extractedAnswer: null, explanation: '' }
  )
  const one = (task: string, value: Reward): EvaluatedPath => ({ item: { task, truth: [], images: [image] }, trajectory: { steps: [draws([box(1, [0, 0, 1, 1])])], modelSizes }, reward: value })
  const paths = [one('maze', reward(1, 1, true)), one('maze', reward(0, 1)), one('maze', reward(1, 0)), one('count', reward(0, 0)), one('free', reward(null, 1))]

  it('are means per task, unscored samples left out', () => {
    expect(taskScores(paths).map(({ task, items, accuracy, format, reflectionRate, grounding: met, boxes }) => [task, items, accuracy, format, reflectionRate, met, boxes])).toEqual([
      ['count', 1, 0, 0, 0, null, 1], ['free', 1, null, 1, 0, null, 1], ['maze', 3, 2 / 3, 2 / 3, 1 / 3, null, 1]
    ])
  })

  it('make an overall row of task means, not of items', () => {
    expect(overallScore(paths)).toMatchObject({ task: 'overall', items: 5, accuracy: 1 / 3, grounding: null, steps: 1 })
    expect(overallScore([])).toMatchObject({ items: 0, accuracy: null })
  })
})

describe('pass@k', () => {
  it('is the share of k-subsets with a right sample', () => {
    expect(passAtK(4, 1, 1)).toBeCloseTo(0.25)
    expect(passAtK(4, 2, 2)).toBeCloseTo(1 - 1 / 6)
    expect([passAtK(4, 0, 4), passAtK(4, 1, 4), passAtK(4, 4, 1)]).toEqual([0, 1, 1])
    expect(() => passAtK(4, 1, 5)).toThrow(RangeError)
  })

  it('never falls with k and starts at the mean accuracy', () => {
    fc.assert(fc.property(fc.integer({ min: 1, max: 32 }).chain((n) => fc.tuple(fc.constant(n), fc.array(fc.integer({ min: 0, max: n }), { minLength: 1, maxLength: 9 }))), ([samples, correct]) => {
      const curve = passCurve(correct, samples)
      expect(curve[0]).toBeCloseTo(correct.reduce((sum, count) => sum + count / samples, 0) / correct.length, 10)
      for (let k = 1; k < curve.length; k++) expect(curve[k] ?? 0).toBeGreaterThanOrEqual((curve[k - 1] ?? 0) - 1e-12)
    }))
  })
})
