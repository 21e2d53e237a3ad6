import { describe, expect, it } from 'vitest'
import type { DrawOp } from '#shared/domain/drawOp.ts'
import { BlobId } from '#shared/domain/ids.ts'
import type { ImageRef } from '#shared/domain/imageRef.ts'
import type { Step } from '#shared/domain/trajectory.ts'
import { mainPictureOf, picturesBefore, viewsBeside } from '../../src/renderer/canvas/document/pathPictures.ts'

const image = (name: string, width = 640, height = 480): ImageRef =>
  ({ blob: BlobId.parse(name.repeat(64).slice(0, 64)), width, height, mime: 'image/png', origin: { kind: 'drawn' } })
const box = (imageIndex: number, label: string): DrawOp => ({ kind: 'box', imageIndex, box: [1, 2, 3, 4], label, space: 'model' })

function step(ops: DrawOp[], made: { sourceIndex: number; newIndex: number; shapes: DrawOp[]; name: string }[]): Step {
  const observations = made.map(({ name, ...rest }) => ({ ...rest, image: image(name, 644, 476) }))
  return { text: '', thought: '', action: { kind: 'draw', tool: 'Object Mapper', ops }, observations, problems: [], mistake: false, tokens: null }
}

const path = {
  modelSizes: [{ width: 644, height: 476 }, { width: 308, height: 308 }],
  steps: [
    step([box(2, 'a')], [{ sourceIndex: 2, newIndex: 3, shapes: [box(2, 'a')], name: 'c' }]),
    step([box(3, 'a')], [{ sourceIndex: 3, newIndex: 4, shapes: [box(3, 'a')], name: 'd' }]),
    step([], [])
  ]
}
const item = { images: [image('a'), image('b', 320, 320)] }

describe('pictures of a path', () => {
  it('are the given ones before the first step', () => {
    expect(picturesBefore(path, item, 0).map(({ index, drawnOn, carried }) => ({ index, drawnOn, carried }))).toEqual([
      { index: 1, drawnOn: null, carried: [] }, { index: 2, drawnOn: null, carried: [] }
    ])
  })

  it('lead a drawn picture back to the full-resolution one it began with', () => {
    const fourth = picturesBefore(path, item, 2).find(({ index }) => index === 4)
    expect(fourth?.source).toEqual(image('b', 320, 320))
    expect(fourth?.seen).toEqual(image('d', 644, 476))
    expect(fourth?.sizes).toEqual({ source: image('b', 320, 320), model: { width: 308, height: 308 } })
    expect(fourth?.carried).toEqual([box(3, 'a')])
    expect(fourth?.drawnOn).toBe(3)
  })

  it('start a step on the picture it draws on, else on the newest', () => {
    expect(mainPictureOf(path, 1, picturesBefore(path, item, 1))).toBe(3)
    expect(mainPictureOf(path, 2, picturesBefore(path, item, 2))).toBe(4)
    expect(mainPictureOf({ steps: [step([box(9, 'x')], [])] }, 0, picturesBefore(path, item, 0))).toBe(2)
  })

  it('stand beside each other one a line: the chosen one, the newest of the others, those drawn on before the rest', () => {
    const many = { images: Array.from({ length: 6 }, (_, i) => image(String(i))) }
    const observed = { modelSizes: [], steps: [step([box(6, 'a')], [{ sourceIndex: 6, newIndex: 7, shapes: [box(6, 'a')], name: 'c' }]), step([], [])] }
    const beside = (at: number, chosen: number, ...wanted: number[]): number[] => viewsBeside(picturesBefore(observed, many, at), chosen, wanted).map(({ index }) => index)
    expect(beside(0, 1)).toEqual([1, 2, 3, 4])
    expect(beside(0, 3, 5, 7)).toEqual([1, 2, 3, 5])
    expect(beside(1, 1, 7)).toEqual([1, 2, 3, 7])
    expect(beside(1, 6)).toEqual([1, 2, 3, 6])
    expect(viewsBeside(picturesBefore(path, item, 2), 1, []).map(({ index }) => index)).toEqual([1, 4])
  })
})
