import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { DrawOp } from '#shared/domain/drawOp.ts'
import { drawOn, loadDrawStyle } from '#main/image/canvas.ts'
import { blankImage } from '#main/image/rawImage.ts'
import { applyOperations, missingImages, startDrawing } from '#main/rollout/draw.ts'

const box = (imageIndex: number, label: string, at = 10): DrawOp => ({ kind: 'box', imageIndex, box: [at, at, at + 20, at + 20], label, space: 'model' })
const line = (imageIndex: number, label: string, at = 10): DrawOp => ({ kind: 'line', imageIndex, start: [at, at], end: [at + 20, at], label, space: 'model' })

describe('drawing state', () => {
  it('groups boxes before lines, in first-seen order', () => {
    const { observations } = applyOperations(startDrawing(3), [line(3, 'l'), box(2, 'a'), box(1, 'b'), line(2, 'm')])
    expect(observations.map(({ sourceIndex, newIndex, shapes }) => [sourceIndex, newIndex, shapes.map(({ label }) => label).join('')]))
      .toEqual([[2, 4, 'am'], [1, 5, 'b'], [3, 6, 'l']])
  })

  it('merges by label per kind and carries the other kind along', () => {
    const first = applyOperations(startDrawing(1), [box(1, 'a'), box(1, 'b'), line(1, 'a')])
    const second = applyOperations(first.state, [box(2, 'a', 50), box(2, 'c')])
    expect(second.observations[0]?.shapes).toEqual([box(2, 'a', 50), box(1, 'b'), box(2, 'c'), line(1, 'a')])
    expect(second.state.roots).toEqual([1, 1, 1])
    expect(first.state.carried).toHaveLength(2)
  })

  it('names missing images and refuses to draw on them', () => {
    const state = startDrawing(2)
    expect(missingImages(state, [box(1, 'a'), box(0, 'b'), line(3, 'c'), line(3, 'd')])).toEqual([0, 3])
    expect(() => applyOperations(state, [box(3, 'a')])).toThrow(/no image 3/)
  })
})

const coordinate = fc.oneof(fc.integer({ min: -50, max: 200 }), fc.double({ noNaN: true, noDefaultInfinity: true }))
const shared = { imageIndex: fc.integer({ min: 1, max: 3 }), label: fc.string({ maxLength: 6, unit: 'grapheme' }), space: fc.constant('model' as const) }
const anyShape: fc.Arbitrary<DrawOp> = fc.oneof(
  fc.record({ kind: fc.constant('box' as const), box: fc.tuple(coordinate, coordinate, coordinate, coordinate), ...shared }),
  fc.record({ kind: fc.constant('line' as const), start: fc.tuple(coordinate, coordinate), end: fc.tuple(coordinate, coordinate), ...shared })
)

describe('drawOn', () => {
  it('never touches the source picture, whatever is drawn', () => {
    const style = loadDrawStyle('vilasr')
    fc.assert(fc.property(fc.array(anyShape, { maxLength: 5 }), (shapes) => {
      const source = blankImage(60, 40, [9, 99, 199])
      const drawn = drawOn(source, shapes, style)
      expect(source.data).toEqual(blankImage(60, 40, [9, 99, 199]).data)
      expect(drawn.data).not.toBe(source.data)
      expect([drawn.width, drawn.height, drawn.data.length]).toEqual([60, 40, 7200])
    }), { numRuns: 150 })
  })

  it('tells the newest line from older ones in the pocket style', () => {
    const drawn = drawOn(blankImage(112, 112), [line(2, 'new', 70), line(1, 'old', 20)], loadDrawStyle('pocket'))
    const at = (x: number, y: number): number[] => Array.from(drawn.data.slice((y * 112 + x) * 3, (y * 112 + x) * 3 + 3))
    expect(at(80, 70)).toEqual([255, 0, 200])
    expect(at(90, 74)).toEqual([255, 0, 200])
    expect(at(30, 20)).toEqual([150, 120, 170])
    expect(at(40, 24)).toEqual([255, 255, 255])
  })
})
