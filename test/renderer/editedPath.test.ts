import { describe, expect, it } from 'vitest'
import type { DrawOp } from '#shared/domain/drawOp.ts'
import { TrajectoryId } from '#shared/domain/ids.ts'
import { EditedPath } from '../../src/renderer/canvas/document/editedPath.ts'
import { NO_STATEMENT, shapesOf } from '../../src/renderer/canvas/document/pathDocument.ts'
import { moveBy } from '../../src/renderer/canvas/tools/adjust.ts'

const id = (text: string): TrajectoryId => TrajectoryId.parse(text)
const box: DrawOp = { kind: 'box', imageIndex: 1, box: [10, 10, 30, 30], label: 'cup', space: 'model' }
const frame = { width: 112, height: 112 }

/** A project in memory: every version by id, each knowing its parent and the first box's left edge. */
function open(): { path: EditedPath; versions: Map<string, { parent: string; left: number | null }>; settled: () => Promise<void> } {
  const versions = new Map<string, { parent: string; left: number | null }>()
  const step = { text: '', thought: 'look', action: { kind: 'draw', tool: 'Object Mapper', ops: [box] } as const, observations: [], problems: [], mistake: false, tokens: null }
  const trajectory = { id: id('v0'), steps: [{ ...step, action: { ...step.action, ops: [...step.action.ops] } }], answer: 'A', modelSizes: [frame] }
  const path = new EditedPath({ trajectory, statement: NO_STATEMENT, history: null }, {
    save: ({ parentId, change }) => {
      const op = change?.steps[0]?.ops?.[0]
      const made = id(`v${versions.size + 1}`)
      versions.set(made, { parent: parentId, left: op?.kind === 'box' ? op.box[0] : null })
      return Promise.resolve(made)
    },
    onSaveState: () => {}, onChange: () => {}
  })
  return { path, versions, settled: () => new Promise((resolve) => { setImmediate(resolve) }) }
}

describe('an edited path', () => {
  it('stores an undo as one more version that holds the earlier shapes', async () => {
    const { path, versions, settled } = open()
    const shape = shapesOf(path.document, 0)[0]
    path.change(shape?.id ?? '', moveBy(box, 5, 0, frame))
    path.undo()
    path.redo()
    await settled()
    expect([...versions.values()]).toEqual([{ parent: 'v0', left: 15 }, { parent: 'v1', left: 10 }, { parent: 'v2', left: 15 }])
    expect([path.canUndo, path.canRedo]).toEqual([true, false])
  })

  it('undoes a held arrow key as one thing', async () => {
    const { path, settled } = open()
    const shape = shapesOf(path.document, 0)[0]
    for (let i = 1; i <= 5; i++) path.change(shape?.id ?? '', moveBy(box, i, 0, frame), 'nudge')
    path.undo()
    await settled()
    expect(shapesOf(path.document, 0)[0]?.op).toEqual(box)
    expect(path.canUndo).toBe(false)
  })

  it('makes no version of an edit that says the same', async () => {
    const { path, versions, settled } = open()
    const shape = shapesOf(path.document, 0)[0]
    path.change(shape?.id ?? '', { ...box })
    path.setThought(0, 'look')
    path.setAnswer('A')
    await settled()
    expect(versions.size).toBe(0)
    expect(path.canUndo).toBe(false)
  })

  it('gives a new shape an id of its own and takes it back', () => {
    const { path } = open()
    const added = path.add(0, { ...box, label: 'door' })
    expect(shapesOf(path.document, 0).map((shape) => shape.id)).toContain(added)
    path.remove([added])
    expect(shapesOf(path.document, 0).map(({ op }) => op.label)).toEqual(['cup'])
    path.undo()
    expect(shapesOf(path.document, 0).map(({ op }) => op.label)).toEqual(['cup', 'door'])
  })
})
