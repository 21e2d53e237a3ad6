import { describe, expect, it } from 'vitest'
import { curvesOf, mergedPoints, otherMetrics } from '../../src/renderer/components/curves.ts'
import { durationText, numberText, pointsText, rateText, shareText } from '../../src/renderer/components/numbers.ts'

describe('curves', () => {
  it('take stored and live points once each, in order of step', () => {
    const stored = [{ step: 1, values: { loss: 3 } }, { step: 2, values: { loss: 2 } }]
    const live = [{ step: 3, values: { loss: 1 } }, { step: 2, values: { loss: 2, accuracy: 0.5 } }]
    expect(mergedPoints(stored, live)).toEqual([
      { step: 1, values: { loss: 3 } }, { step: 2, values: { loss: 2, accuracy: 0.5 } }, { step: 3, values: { loss: 1 } }
    ])
  })

  it('leave a gap where a step has no value, and leave out names nobody reported', () => {
    const points = [{ step: 1, values: { loss: 3 } }, { step: 2, values: { accuracy: 0.5 } }, { step: 3, values: { loss: 1 } }]
    expect(curvesOf(points, ['loss', 'accuracy', 'kl'])).toEqual({ steps: [1, 2, 3], names: ['loss', 'accuracy'], values: [[3, null, 1], [null, 0.5, null]] })
    expect(curvesOf(points, ['loss'])).toEqual({ steps: [1, 3], names: ['loss'], values: [[3, 1]] })
  })

  it('keep every other number reachable', () => {
    expect(otherMetrics([{ step: 1, values: { loss: 1, gradNorm: 2, tokens: 3 } }])).toEqual(['gradNorm', 'tokens'])
  })
})

describe('numbers', () => {
  it.each([[null, '–'], [NaN, '–'], [1352736, '1,352,736'], [0.0015, '0.0015'], [0.00001, '1.00e-5'], [3.14159, '3.142'], [0, '0']])('%s reads %s', (value, text) => {
    expect(numberText(value)).toBe(text)
  })

  it('write shares, differences, times and rates', () => {
    expect([shareText(0.125), shareText(null)]).toEqual(['12.5%', '–'])
    expect([pointsText(0.125), pointsText(-0.01), pointsText(0), pointsText(0.00001)]).toEqual(['+12.5', '−1.0', '±0', '±0'])
    expect([durationText(15), durationText(615.4), durationText(3725)]).toEqual(['0:15', '10:15', '1:02:05'])
    expect([rateText(12.345, 'items'), rateText(0.4667, 'steps')]).toEqual(['12.3 items/s', '28 steps/min'])
  })
})
