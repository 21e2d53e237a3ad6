import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { coordinatesOf, type DrawOp } from '#shared/domain/drawOp.ts'
import { freeLabels, insideFrame, moveBy } from '../../src/renderer/canvas/tools/adjust.ts'
import { finishDraft, moveDraft, startDraft } from '../../src/renderer/canvas/tools/draft.ts'

const frame = { width: 112, height: 84 }
const number = fc.double({ min: -300, max: 300, noNaN: true })
const op: fc.Arbitrary<DrawOp> = fc.tuple(fc.boolean(), number, number, number, number).map(([isBox, a, b, c, d]) => isBox
  ? { kind: 'box', imageIndex: 1, box: [a, b, c, d], label: 'x', space: 'model' }
  : { kind: 'line', imageIndex: 1, start: [a, b], end: [c, d], label: 'x', space: 'model' })

describe('drawing tools', () => {
  it('a box drawn in any direction has its corners in order', () => {
    const draft = moveDraft(startDraft('box', { x: 60, y: 50 }), { x: 20, y: 10 })
    expect(finishDraft(draft, frame, 3, 1, 'cup')).toEqual({ kind: 'box', imageIndex: 1, box: [20, 10, 60, 50], label: 'cup', space: 'model' })
  })

  it('a line keeps its direction', () => {
    const draft = moveDraft(startDraft('line', { x: 60, y: 50 }), { x: 20, y: 10 })
    expect(finishDraft(draft, frame, 3, 2, '1')).toEqual({ kind: 'line', imageIndex: 2, start: [60, 50], end: [20, 10], label: '1', space: 'model' })
  })

  it('a click draws nothing, nor does a sliver of a box', () => {
    expect(finishDraft(startDraft('box', { x: 5, y: 5 }), frame, 3, 1, '')).toBeNull()
    expect(finishDraft(moveDraft(startDraft('box', { x: 5, y: 5 }), { x: 50, y: 6 }), frame, 3, 1, '')).toBeNull()
    expect(finishDraft(moveDraft(startDraft('line', { x: 5, y: 5 }), { x: 50, y: 6 }), frame, 3, 1, '')).not.toBeNull()
  })

  it('Shift squares a box and straightens a line', () => {
    expect(moveDraft(startDraft('box', { x: 10, y: 10 }), { x: 40, y: 20 }, true).to).toEqual({ x: 40, y: 40 })
    const straight = moveDraft(startDraft('line', { x: 10, y: 10 }), { x: 40, y: 12 }, true).to
    expect(straight.y).toBeCloseTo(10)
  })
})

describe('adjusting', () => {
  it('stores whole pixels inside the picture', () => {
    fc.assert(fc.property(op, (shape) => {
      const [x1, y1, x2, y2] = coordinatesOf(insideFrame(shape, frame))
      for (const x of [x1, x2]) expect(Number.isInteger(x) && x >= 0 && x <= frame.width).toBe(true)
      for (const y of [y1, y2]) expect(Number.isInteger(y) && y >= 0 && y <= frame.height).toBe(true)
      if (shape.kind === 'box') expect(x1 <= x2 && y1 <= y2).toBe(true)
    }))
  })

  it('moving keeps the size and stops at the edges', () => {
    fc.assert(fc.property(op, number, number, (raw, dx, dy) => {
      const shape = insideFrame(raw, frame)
      const before = coordinatesOf(shape)
      const after = coordinatesOf(moveBy(shape, Math.round(dx), Math.round(dy), frame))
      expect(after[2] - after[0]).toBe(before[2] - before[0])
      expect(after[3] - after[1]).toBe(before[3] - before[1])
      expect(insideFrame(moveBy(shape, Math.round(dx), Math.round(dy), frame), frame)).toEqual(moveBy(shape, Math.round(dx), Math.round(dy), frame))
    }))
  })

  it('a new label never takes the place of one in use', () => {
    expect(freeLabels([], 1)).toEqual(['1'])
    expect(freeLabels(['1', '2'], 3)).toEqual(['3', '4', '5'])
    expect(freeLabels(['2', 'cup'], 1)).toEqual(['3'])
    expect(freeLabels(['3', '6', 'cup'], 3)).toEqual(['4', '5', '7'])
  })
})
