import { describe, expect, it } from 'vitest'
import type { DrawOp } from '#shared/domain/drawOp.ts'
import type { Step } from '#shared/domain/trajectory.ts'
import { applyDiff } from '../../src/renderer/canvas/document/diff.ts'
import {
  addShapes, changeAnswer, changeShapes, changeThought, documentOf, editBetween, removeShapes, shapesOf
} from '../../src/renderer/canvas/document/pathDocument.ts'

const box = (label: string, x = 0): DrawOp => ({ kind: 'box', imageIndex: 1, box: [x, 0, x + 10, 10], label, space: 'model' })
const line: DrawOp = { kind: 'line', imageIndex: 2, start: [1, 2], end: [3, 4], label: 'path', space: 'model' }

function step(thought: string, ops: DrawOp[] | null): Step {
  const action = ops === null ? { kind: 'answer', text: 'A' } as const : { kind: 'draw', tool: 'Object Mapper', ops } as const
  return { text: '', thought, action, observations: [], problems: [], mistake: false, tokens: null }
}

const path = { steps: [step('look', [box('cup'), box('door', 20), line]), step('so', null)], answer: 'A', finishReason: 'answered' as const }

describe('a path as a document', () => {
  it('keeps writing order and keeps the images of a step apart', () => {
    const document = documentOf(path)
    expect(shapesOf(document, 0).map(({ op }) => op.label)).toEqual(['cup', 'door', 'path'])
    expect(shapesOf(document, 0, 2).map(({ op }) => op.label)).toEqual(['path'])
    expect(shapesOf(document, 1)).toEqual([])
  })

  it('says nothing needs saving when nothing differs', () => {
    const document = documentOf(path)
    expect(editBetween(document, documentOf(path))).toBeNull()
    expect(changeShapes(document, new Map([['shape:0:0', box('cup')]]))).toEqual({ added: [], removed: [], updated: [] })
  })

  it('sends all operations of a changed step and leaves the others out', () => {
    const document = documentOf(path)
    const moved = applyDiff(document, changeShapes(document, new Map([['shape:0:1', box('door', 30)]])))
    expect(editBetween(document, moved)).toEqual({ steps: [{ index: 0, ops: [box('cup'), box('door', 30), line] }] })
  })

  it('adds a shape last, removes shapes, and carries a thought and the answer', () => {
    const document = documentOf(path)
    const added = applyDiff(document, addShapes(document, 0, [{ id: 'n1', op: box('new', 40) }]))
    const removed = applyDiff(added, removeShapes(added, ['shape:0:0', 'shape:0:2']))
    const thought = applyDiff(removed, changeThought(removed, 1, 'therefore'))
    const answered = applyDiff(thought, changeAnswer(thought, 'B'))
    expect(editBetween(document, answered)).toEqual({
      steps: [{ index: 0, ops: [box('door', 20), box('new', 40)] }, { index: 1, thought: 'therefore' }], answer: 'B'
    })
  })

  it('sends an emptied step as an empty list, not as no change', () => {
    const document = documentOf(path)
    const emptied = applyDiff(document, removeShapes(document, ['shape:0:0', 'shape:0:1', 'shape:0:2']))
    expect(editBetween(document, emptied)).toEqual({ steps: [{ index: 0, ops: [] }] })
  })
})
