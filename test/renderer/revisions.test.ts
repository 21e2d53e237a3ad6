import { describe, expect, it } from 'vitest'
import type { DrawOp } from '#shared/domain/drawOp.ts'
import { BlobId } from '#shared/domain/ids.ts'
import type { Step } from '#shared/domain/trajectory.ts'
import { revisionsOf } from '#shared/geometry/revision.ts'
import { documentOf, NO_STATEMENT, shapesOf } from '../../src/renderer/canvas/document/pathDocument.ts'
import { apartText, earlierShapes, markedWith, reflectiveBy, revisionsIn } from '../../src/renderer/pages/review/revisions.ts'

const image = { blob: BlobId.parse('0'.repeat(64)), width: 28, height: 28, mime: 'image/png', origin: { kind: 'drawn' } } as const
const box = (imageIndex: number, label: string, x: number): DrawOp => ({ kind: 'box', imageIndex, box: [x, 0, x + 10, 10], label, space: 'model' })
const line = (imageIndex: number, label: string, x: number): DrawOp => ({ kind: 'line', imageIndex, start: [x, 0], end: [x, 8], label, space: 'model' })
const step = (ops: DrawOp[], made: [number, number][]): Step => ({
  text: '', thought: '', action: { kind: 'draw', tool: 'Object Mapper', ops }, problems: [], mistake: false, tokens: null,
  observations: made.map(([sourceIndex, newIndex]) => ({ sourceIndex, newIndex, shapes: ops, image }))
})
const path = { answer: null, finishReason: 'no_action' as const, steps: [step([box(1, 'cup', 0), line(1, 'way', 0)], [[1, 2]]), step([box(2, 'cup', 5), box(2, 'new', 0)], [[2, 3]]), step([line(3, 'way', 3), box(3, 'cup', 5)], [[3, 4]])] }
const document = documentOf(path)

const words = (key: string, values: Record<string, string>): string => [key, ...Object.values(values)].join(' ')

describe('revisions', () => {
  it('are found with overlap of boxes and distance of both ends of lines, each new place once', () => {
    expect(revisionsIn(document, path, []).map(({ from, to, apart, found, real }) => ({ from, to, apart: apartText(apart, words), found, real }))).toEqual([
      { from: 'shape:0:0', to: 'shape:1:0', apart: 'IoU 0.33', found: true, real: null },
      { from: 'shape:0:1', to: 'shape:2:0', apart: 'revision.ends 3 3', found: true, real: null }
    ])
  })

  it('compare with the newest earlier place that differs', () => {
    const steps = [box(1, 'a', 0), box(1, 'a', 4), box(1, 'a', 4), box(1, 'a', 9)].map((op) => ({ ops: [op], observations: [] }))
    expect(revisionsOf(steps).map(({ from, to }) => [from.step, to.step])).toEqual([[0, 1], [2, 3]])
  })

  it('keep what a person said of them, and those a person added', () => {
    const marks = markedWith(markedWith([], 'shape:0:0', 'shape:1:0', false), 'shape:0:0', 'shape:1:1', true)
    const all = revisionsIn(document, path, marks)
    expect(all.map(({ to, found, real }) => ({ to, found, real }))).toEqual([
      { to: 'shape:1:0', found: true, real: false }, { to: 'shape:2:0', found: true, real: null }, { to: 'shape:1:1', found: false, real: true }
    ])
    expect(reflectiveBy(all)).toBe(true)
    expect(reflectiveBy(all.slice(0, 2))).toBeNull()
    expect(reflectiveBy(all.slice(0, 1))).toBe(false)
    expect(markedWith(marks, 'shape:0:0', 'shape:1:0', null)).toHaveLength(1)
  })

  it('may be added between shapes of one kind on one given picture', () => {
    const last = shapesOf(document, 2)[1]
    expect(last === undefined ? [] : earlierShapes(document, path, last).map(({ id }) => id)).toEqual(['shape:0:0', 'shape:1:0', 'shape:1:1'])
  })

  it('are stored by place and found again by the ids of their shapes', () => {
    const revisions = [{ from: { step: 0, op: 0 }, to: { step: 1, op: 0 }, real: true }]
    const opened = documentOf(path, { ...NO_STATEMENT, revisions })
    expect(opened.get('statement')).toMatchObject({ marks: [{ from: 'shape:0:0', to: 'shape:1:0', real: true }] })
  })
})
