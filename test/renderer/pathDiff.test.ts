import { describe, expect, it } from 'vitest'
import type { DrawOp } from '#shared/domain/drawOp.ts'
import type { Step } from '#shared/domain/trajectory.ts'
import { comparePaths } from '../../src/renderer/pages/review/pathDiff.ts'
import { answerStep, drawingStep } from '../store/fixtures.ts'

const modelSizes = [{ width: 100, height: 100 }]
const box = (label: string, x: number, imageIndex = 1): DrawOp => ({ kind: 'box', imageIndex, box: [x, 0, x + 10, 10], label, space: 'model' })
const line = (label: string, x: number): DrawOp => ({ kind: 'line', imageIndex: 1, start: [x, 0], end: [x, 10], label, space: 'model' })
const step = (thought: string, ops: DrawOp[]): Step => ({ ...drawingStep(), thought, action: { kind: 'draw', tool: 'Object Mapper', ops }, observations: [] })

describe('two paths beside each other', () => {
  it('match shapes by label first, and tell how far they are apart', () => {
    const [pair] = comparePaths({ modelSizes, steps: [step('look', [box('cup', 0), box('pan', 50), line('way', 3)])] },
      { modelSizes, steps: [step('look', [box('pan', 50), box('cup', 5), line('path', 7)])] })
    expect(pair).toMatchObject({ sameThought: true, sameAction: false })
    expect(pair?.shapes.map(({ left, right, apart }) => [left?.label, right?.label, apart])).toEqual([
      ['cup', 'cup', { first: 5, second: 5, iou: expect.closeTo(1 / 3) as number }], ['pan', 'pan', { first: 0, second: 0, iou: 1 }], ['way', 'path', { first: 4, second: 4, iou: null }]
    ])
  })

  it('compare in the left path’s pixels, and by the given picture that a copy descends from', () => {
    const copied: Step = { ...step('', [box('cup', 0)]), observations: drawingStep().observations }
    const left = { modelSizes, steps: [copied, step('', [box('cup', 20, 2)])] }
    const right = { modelSizes: [{ width: 200, height: 100 }], steps: [copied, step('', [{ kind: 'box', imageIndex: 1, box: [40, 0, 60, 10], label: 'cup', space: 'model' }])] }
    expect(comparePaths(left, right)[1]?.shapes.map(({ apart }) => apart)).toEqual([{ first: 0, second: 0, iou: 1 }])
  })

  it('show what one path lacks', () => {
    const pairs = comparePaths({ modelSizes, steps: [step('a', [box('cup', 0)]), answerStep()] }, { modelSizes, steps: [step('b', [line('cup', 0)])] })
    expect(pairs[0]?.shapes).toEqual([{ left: box('cup', 0), right: null, apart: null }, { left: null, right: line('cup', 0), apart: null }])
    expect(pairs[0]?.sameThought).toBe(false)
    expect(pairs[1]).toMatchObject({ left: { action: { kind: 'answer' } }, right: null })
    const silent = (text: string): Step => ({ ...answerStep(), action: { kind: 'none' }, text })
    const sameAction = (a: string, b: string): unknown => comparePaths({ modelSizes, steps: [silent(a)] }, { modelSizes, steps: [silent(b)] })[0]?.sameAction
    expect([sameAction('um', 'um'), sameAction('um', 'er')]).toEqual([true, false])
  })
})
