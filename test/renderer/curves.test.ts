import { describe, expect, it } from 'vitest'
import type { MetricColumns } from '#shared/domain/metricColumns.ts'
import { chartsOf, type CurvePoint, CurveTable, linesOf, smoothed } from '../../src/renderer/components/curves.ts'
import { durationText, numberText, pointsText, rateText, shareText } from '../../src/renderer/components/numbers.ts'

function tableOf(points: readonly CurvePoint[]): CurveTable {
  const table = new CurveTable()
  table.take(points)
  return table
}

describe('curves', () => {
  it('take stored and live points once each, in order of step, the later value winning', () => {
    const table = tableOf([{ step: 1, values: { loss: 3 } }, { step: 2, values: { loss: 2 } }])
    table.take([{ step: 4, values: { loss: 1 } }, { step: 2, values: { loss: 2.5, accuracy: 0.5 } }, { step: 3, values: { accuracy: 0.6 } }])
    expect(table.steps).toEqual([1, 2, 3, 4])
    expect(linesOf([{ label: 'run', table }], ['loss', 'accuracy', 'kl'])).toEqual({
      steps: [1, 2, 3, 4],
      lines: [{ label: 'loss', colour: 0, dash: 0, values: [3, 2.5, null, 1] }, { label: 'accuracy', colour: 1, dash: 0, values: [null, 0.5, 0.6, null] }]
    })
  })

  it('take columns as they take points, after those that are there and among them', () => {
    const columns = (steps: number[], values: Record<string, number[]>): MetricColumns => ({ steps: Float64Array.from(steps), columns: new Map(Object.entries(values).map(([name, column]) => [name, Float64Array.from(column)])) })
    const table = tableOf([{ step: 1, values: { loss: 3, kl: 1 } }])
    table.takeColumns(columns([2, 4], { loss: [2, NaN], accuracy: [NaN, 0.5] }))
    table.takeColumns(columns([3, 4], { loss: [1.5, 1] }))
    expect(table.steps).toEqual([1, 2, 3, 4])
    expect(Object.fromEntries(table.columns)).toEqual({ loss: [3, 2, 1.5, 1], kl: [1, null, null, null], accuracy: [null, null, null, 0.5] })
  })

  it('lay runs over each other on all their steps, a colour a run', () => {
    const [long, short] = [tableOf([{ step: 1, values: { loss: 3 } }, { step: 3, values: { loss: 1 } }]), tableOf([{ step: 2, values: { loss: 9, kl: 1 } }, { step: 3, values: { loss: 8 } }])]
    expect(linesOf([{ label: 'a', table: long }, { label: 'b', table: short }], ['loss', 'kl'])).toEqual({
      steps: [1, 2, 3],
      lines: [
        { label: 'a · loss', colour: 0, dash: 0, values: [3, null, 1] }, { label: 'b · loss', colour: 1, dash: 0, values: [null, 9, 8] },
        { label: 'b · kl', colour: 1, dash: 1, values: [null, 1, null] }
      ]
    })
  })

  it('give every number exactly one chart', () => {
    const names = ['loss', 'reward', 'rewardStd', 'correct', 'format', 'reflectionRate', 'referenceReflectionRate', 'steps', 'finishAnswered', 'entropy', 'kl', 'clipFraction', 'gradNorm', 'learningRate', 'secondsRollout', 'rssBytes', 'tokensPerSecond', 'somethingNew']
    const charts = chartsOf(names).flatMap((group) => group.charts)
    expect(charts.flatMap(({ metrics }) => metrics).sort()).toEqual([...names].sort())
    expect(charts.find(({ name }) => name === 'other')?.metrics).toEqual(['somethingNew'])
    expect(charts.find(({ name }) => name === 'reflection')?.metrics).toEqual(['reflectionRate', 'referenceReflectionRate'].sort())
    expect(chartsOf([])).toEqual([])
  })

  it('smooth without a pull towards zero and keep gaps', () => {
    expect(smoothed([4, null, 4, 8], 0)).toEqual([4, null, 4, 8])
    const [first, gap, same, rising] = smoothed([4, null, 4, 8], 0.5)
    expect([first, gap, same]).toEqual([4, null, 4])
    // Weights 1/8, 1/4, 1/2 of 4, 4, 8 over their sum 7/8.
    expect(rising).toBeCloseTo((0.125 * 4 + 0.25 * 4 + 0.5 * 8) / 0.875, 12)
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
