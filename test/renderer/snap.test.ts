import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { DrawOp } from '#shared/domain/drawOp.ts'
import { snapMove, snapSpot, snapTargets } from '../../src/renderer/canvas/tools/snap.ts'

const frame = { width: 200, height: 100 }
const box = (four: [number, number, number, number]): DrawOp => ({ kind: 'box', imageIndex: 1, box: four, label: '', space: 'model' })
const line: DrawOp = { kind: 'line', imageIndex: 1, start: [150, 20], end: [170, 60], label: '', space: 'model' }
const targets = snapTargets([box([20, 10, 60, 40]), line], frame)

describe('snapping a corner or an end', () => {
  it.each([
    ['a corner', [62, 8], [60, 10]], ['the middle of an edge', [41, 42], [40, 40]], ['a centre', [39, 27], [40, 25]], ['an end of a line', [148, 22], [150, 20]],
    ["the picture's corner", [198, 2], [200, 0]], ["the picture's middle", [101, 49], [100, 50]]
  ] as const)('goes to %s', (_what, [x, y], [toX, toY]) => {
    expect(snapSpot({ x, y }, targets, 4)).toEqual({ spot: { x: toX, y: toY }, guides: { x: toX, y: toY, place: true } })
  })

  it('goes to an edge in one direction only', () => {
    expect(snapSpot({ x: 62, y: 83 }, targets, 4)).toEqual({ spot: { x: 60, y: 83 }, guides: { x: 60, y: null, place: false } })
  })

  it('stays where nothing is near', () => {
    expect(snapSpot({ x: 85, y: 75 }, targets, 4)).toEqual({ spot: { x: 85, y: 75 }, guides: { x: null, y: null, place: false } })
  })

  it('never goes further than its reach', () => {
    const coordinate = fc.double({ min: -20, max: 220, noNaN: true })
    fc.assert(fc.property(coordinate, coordinate, fc.double({ min: 0, max: 30, noNaN: true }), (x, y, reach) => {
      const { spot } = snapSpot({ x, y }, targets, reach)
      expect(Math.abs(spot.x - x)).toBeLessThanOrEqual(reach)
      expect(Math.abs(spot.y - y)).toBeLessThanOrEqual(reach)
    }))
  })
})

describe('snapping a carried shape', () => {
  it('aligns edges and keeps the size', () => {
    expect(snapMove([22, 60, 52, 80], targets, 4)).toEqual({ four: [20, 60, 50, 80], guides: { x: 20, y: 60, place: false } })
  })

  it('keeps width and height whatever is near', () => {
    const coordinate = fc.integer({ min: 0, max: 200 })
    fc.assert(fc.property(coordinate, coordinate, fc.integer({ min: 1, max: 60 }), fc.integer({ min: 1, max: 60 }), (x, y, w, h) => {
      const { four } = snapMove([x, y, x + w, y + h], targets, 5)
      expect([four[2] - four[0], four[3] - four[1]]).toEqual([w, h])
    }))
  })
})
