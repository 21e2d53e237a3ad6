import { describe, expect, it } from 'vitest'
import type { DrawOp } from '#shared/domain/drawOp.ts'
import { BlobId } from '#shared/domain/ids.ts'
import type { ImageRef } from '#shared/domain/imageRef.ts'
import type { ShapeRecord } from '#shared/domain/pathRecord.ts'
import { shapeAt } from '../../src/renderer/canvas/tools/hit.ts'
import { isOutside, resizeBy } from '../../src/renderer/canvas/tools/adjust.ts'
import { sceneOf } from '../../src/renderer/pages/review/sceneOf.ts'

const box = (label: string, four: [number, number, number, number], space: DrawOp['space'] = 'model'): DrawOp => ({ kind: 'box', imageIndex: 1, box: four, label, space })
const line: DrawOp = { kind: 'line', imageIndex: 1, start: [0, 0], end: [50, 50], label: 'l', space: 'model' }
const image: ImageRef = { blob: BlobId.parse('a'.repeat(64)), width: 200, height: 200, mime: 'image/png', origin: { kind: 'drawn' } }
const picture = { index: 1, source: image, seen: image, sizes: { source: { width: 200, height: 200 }, model: { width: 100, height: 100 } }, carried: [box('old', [0, 0, 100, 100], 'source')], drawnOn: null }
const record = (id: string, op: DrawOp, order = 0): ShapeRecord => ({ type: 'shape', id, step: 0, order, op })
const all = { onlyStep: false, modelLayer: true, humanLayer: true, opacity: 1 }

describe('what the canvas shows', () => {
  const kept = record('kept', box('cup', [1, 1, 9, 9]))
  const moved = record('moved', box('door', [20, 20, 40, 40]), 1)
  const original = [box('cup', [1, 1, 9, 9]), box('door', [22, 22, 40, 40])]

  it('is everything in model pixels, with a ghost of what the model drew and a person moved', () => {
    const scene = sceneOf(picture, [kept, moved], original, null, all)
    expect(scene.shapes.map(({ id }) => id)).toEqual(['kept', 'moved'])
    expect(scene.carried).toEqual([box('old', [0, 0, 50, 50])])
    expect(scene.ghosts).toEqual([original[1]])
  })

  it('leaves out what the person does not want to see', () => {
    expect(sceneOf(picture, [kept, moved], original, null, { ...all, modelLayer: false })).toMatchObject({ shapes: [{ id: 'moved' }], ghosts: [] })
    expect(sceneOf(picture, [kept, moved], original, null, { ...all, humanLayer: false }).shapes).toMatchObject([{ id: 'kept' }])
    expect(sceneOf(picture, [kept, moved], original, null, { ...all, onlyStep: true }).carried).toEqual([])
  })

  it('keeps the colour of a shape whatever is hidden, and flags what reaches outside', () => {
    const out = record('out', box('x', [90, 90, 120, 95]), 2)
    const [whole, part] = [all, { ...all, modelLayer: false }].map((choice) => sceneOf(picture, [kept, moved, out], original, null, choice).shapes)
    expect(part?.find(({ id }) => id === 'moved')?.colour).toBe(whole?.find(({ id }) => id === 'moved')?.colour)
    expect(whole?.map(({ flagged }) => flagged)).toEqual([false, false, true])
  })
})

describe('the shape under the pointer', () => {
  const shapes = [{ id: 'large', op: box('', [0, 0, 90, 90]) }, { id: 'small', op: box('', [40, 40, 60, 60]) }, { id: 'line', op: line }]

  it('is a line before a small box before a large one, within reach', () => {
    expect(shapeAt(shapes, { x: 25, y: 26 }, 3)?.id).toBe('line')
    expect(shapeAt(shapes, { x: 58, y: 44 }, 3)?.id).toBe('small')
    expect(shapeAt(shapes, { x: 80, y: 10 }, 3)?.id).toBe('large')
    expect(shapeAt(shapes, { x: 92, y: 10 }, 3)?.id).toBe('large')
    expect(shapeAt(shapes, { x: 94, y: 10 }, 3)).toBeNull()
  })
})

describe('keys', () => {
  const frame = { width: 100, height: 100 }

  it('resize a box by its lower right corner and a line by its end, never inside out, never outside', () => {
    expect(resizeBy(box('', [10, 10, 20, 20]), 5, -3, frame)).toEqual(box('', [10, 10, 25, 17]))
    expect(resizeBy(box('', [10, 10, 11, 20]), -5, 0, frame)).toEqual(box('', [10, 10, 11, 20]))
    expect(resizeBy(line, 200, -10, frame)).toEqual({ ...line, end: [100, 40] })
  })

  it('know what is outside', () => {
    expect(isOutside(box('', [0, 0, 100, 100]), frame)).toBe(false)
    expect(isOutside({ ...line, start: [-1, 0] }, frame)).toBe(true)
  })
})
