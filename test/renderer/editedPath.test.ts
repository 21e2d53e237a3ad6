import { describe, expect, it } from 'vitest'
import type { DrawOp } from '#shared/domain/drawOp.ts'
import { TrajectoryId } from '#shared/domain/ids.ts'
import { EditHistory } from '#shared/domain/editHistory.ts'
import { EditedPath, type EditedPathStart } from '../../src/renderer/canvas/document/editedPath.ts'
import { keptSteps, NO_STATEMENT, type PathChange, shapesOf, statementRecord, thoughtOf } from '../../src/renderer/canvas/document/pathDocument.ts'
import type { Saving } from '../../src/renderer/canvas/document/editSaver.ts'
import { moveBy } from '../../src/renderer/canvas/tools/adjust.ts'

const id = (text: string): TrajectoryId => TrajectoryId.parse(text)
const box: DrawOp = { kind: 'box', imageIndex: 1, box: [10, 10, 30, 30], label: 'cup', space: 'model' }
const frame = { width: 112, height: 112 }

/** A project in memory: every version by id, each knowing its parent and the first box's left edge. */
function open(): { path: EditedPath; versions: Map<string, { parent: string; left: number | null }>; settled: () => Promise<void>; kept: () => EditedPath } {
  const versions = new Map<string, { parent: string; left: number | null }>()
  const step = { text: '', thought: 'look', action: { kind: 'draw', tool: 'Object Mapper', ops: [box] } as const, observations: [], problems: [], mistake: false, tokens: null }
  const trajectory = { id: id('v0'), steps: [{ ...step, action: { ...step.action, ops: [...step.action.ops] } }], answer: 'A', finishReason: 'answered' as const, modelSizes: [frame] }
  let newest: { trajectory: EditedPathStart['trajectory']; history: EditHistory | null } = { trajectory, history: null }
  const path = new EditedPath({ trajectory, statement: NO_STATEMENT, history: null }, {
    save: ({ parentId, change, history }) => {
      newest = { trajectory: applied(newest.trajectory, change), history: EditHistory.parse(JSON.parse(JSON.stringify(history))) }
      const op = change?.steps[0]?.ops?.[0]
      const made = id(`v${versions.size + 1}`)
      versions.set(made, { parent: parentId, left: op?.kind === 'box' ? op.box[0] : null })
      return Promise.resolve(made)
    },
    onSaveState: () => {}, onChange: () => {}
  })
  return { path, versions, settled: () => new Promise((resolve) => { setImmediate(resolve) }),
    kept: () => new EditedPath({ ...newest, statement: NO_STATEMENT }, { save: () => Promise.resolve(trajectory.id), onSaveState: () => {}, onChange: () => {} }) }
}

/** The path after an edit, as far as this test needs it. */
function applied(path: EditedPathStart['trajectory'], change: PathChange | null): EditedPathStart['trajectory'] {
  const steps = path.steps.map((step, index) => {
    const edit = change?.steps.find((each) => each.index === index)
    const ops = edit?.ops
    return { ...step, thought: edit?.thought ?? step.thought, ...(ops !== undefined && { action: { kind: 'draw' as const, tool: 'Object Mapper', ops } }) }
  })
  return { ...path, steps }
}

describe('an edited path', () => {
  it('stores an undo as one more version that holds the earlier shapes', async () => {
    const { path, versions, settled } = open()
    const shape = shapesOf(path.document, 0)[0]
    path.change(new Map([[shape?.id ?? '', moveBy(box, 5, 0, frame)]]))
    path.undo()
    path.redo()
    await settled()
    expect([...versions.values()]).toEqual([{ parent: 'v0', left: 15 }, { parent: 'v1', left: 10 }, { parent: 'v2', left: 15 }])
    expect([path.canUndo, path.canRedo]).toEqual([true, false])
  })

  it('undoes a held arrow key as one thing', async () => {
    const { path, settled } = open()
    const shape = shapesOf(path.document, 0)[0]
    for (let i = 1; i <= 5; i++) path.change(new Map([[shape?.id ?? '', moveBy(box, i, 0, frame)]]), 'nudge')
    path.undo()
    await settled()
    expect(shapesOf(path.document, 0)[0]?.op).toEqual(box)
    expect(path.canUndo).toBe(false)
  })

  it('makes no version of an edit that says the same', async () => {
    const { path, versions, settled } = open()
    const shape = shapesOf(path.document, 0)[0]
    path.change(new Map([[shape?.id ?? '', { ...box }]]))
    path.setThought(0, 'look')
    path.setAnswer('A')
    await settled()
    expect(versions.size).toBe(0)
    expect(path.canUndo).toBe(false)
  })

  it('goes on undoing and redoing when it is opened again, over shapes, thoughts and what is said of it', async () => {
    const { path, kept, settled } = open()
    path.add(0, [{ ...box, label: 'door' }])
    path.setThought(0, 'look again')
    path.say({ reflective: true })
    path.undo()
    path.undo()
    path.redo()
    await settled()
    const again = kept()
    expect(again.document).toEqual(path.document)
    again.undo()
    expect(thoughtOf(again.document, 0)).toBe('look')
    again.undo()
    expect(shapesOf(again.document, 0)).toHaveLength(1)
    expect(again.canUndo).toBe(false)
    again.redo()
    again.redo()
    again.redo()
    expect(statementRecord(again.document).reflective).toBe(true)
  })

  it('gives a new shape an id of its own and takes it back', () => {
    const { path } = open()
    const added = path.add(0, [{ ...box, label: 'door' }])
    expect(shapesOf(path.document, 0).map((shape) => shape.id).slice(1)).toEqual(added)
    path.remove(added)
    expect(shapesOf(path.document, 0).map(({ op }) => op.label)).toEqual(['cup'])
    path.undo()
    expect(shapesOf(path.document, 0).map(({ op }) => op.label)).toEqual(['cup', 'door'])
  })

  it('adds, changes and removes several shapes as one thing each, in one version', async () => {
    const { path, versions, settled } = open()
    const labels = (): string[] => shapesOf(path.document, 0).map(({ op }) => op.label)
    const added = path.add(0, ['door', 'lamp'].map((label) => ({ ...box, label })))
    path.change(new Map([...added, 'no such shape'].map((id) => [id, { ...box, label: 'both' }])))
    path.remove(added)
    await settled()
    expect([labels(), versions.size]).toEqual([['cup'], 3])
    const seen = [0, 1, 2].map(() => {
      path.undo()
      return labels()
    })
    expect(seen).toEqual([['cup', 'both', 'both'], ['cup', 'door', 'lamp'], ['cup']])
    expect(path.canUndo).toBe(false)
  })
})

describe('a path cut after an accepted step', () => {
  const drawing = (thought: string, label: string) => ({
    text: '', thought, action: { kind: 'draw' as const, tool: 'Object Mapper', ops: [{ ...box, label }] }, observations: [], problems: [], mistake: false, tokens: null
  })
  const steps = [drawing('first', 'cup'), drawing('second', 'door'), { ...drawing('so', ''), action: { kind: 'answer' as const, text: 'A' } }]
  const whole: EditedPathStart['trajectory'] = { id: id('v0'), steps, answer: 'A', finishReason: 'answered', modelSizes: [frame] }

  function opened(start: EditedPathStart['trajectory'], history: EditHistory | null = null, statement = NO_STATEMENT): { path: EditedPath; sent: Saving[] } {
    const sent: Saving[] = []
    const path = new EditedPath({ trajectory: start, statement, history }, {
      save: (saving) => Promise.resolve(id(`v${sent.push(saving)}`)), onSaveState: () => {}, onChange: () => {}
    })
    return { path, sent }
  }

  it('keeps what came before, is accepted, and is undone as one thing', async () => {
    const { path, sent } = opened(whole)
    const before = path.document
    path.cutAfter(0)
    expect(keptSteps(path.document)).toBe(1)
    expect([...path.document.values()].filter((record) => record.type === 'thought').map(({ text }) => text)).toEqual(['first'])
    path.setAnswer('B')
    path.undo()
    path.redo()
    await path.whenSaved()
    expect(sent.map(({ change, statement }) => [change, statement?.verdict ?? null])).toEqual([
      [{ steps: [], keepSteps: 1 }, 'accept'], [{ steps: [], keepSteps: null }, null], [{ steps: [], keepSteps: 1 }, 'accept']
    ])
    path.undo()
    expect(path.document).toEqual(before)
  })

  it('loses the acceptance with the next edit, and none by being cut once more', () => {
    const { path } = opened(whole)
    path.say({ verdict: 'accept' })
    path.cutAfter(1)
    path.cutAfter(0)
    expect([keptSteps(path.document), statementRecord(path.document).verdict]).toEqual([1, 'accept'])
    path.cutAfter(0)
    path.setThought(0, 'here')
    expect(statementRecord(path.document).verdict).toBeNull()
    for (const kept of [1, 2, null]) {
      path.undo()
      expect(keptSteps(path.document)).toBe(kept)
    }
  })

  it('can be undone after it was opened anew', async () => {
    const { path, sent } = opened(whole)
    path.setThought(1, 'second look')
    path.cutAfter(0)
    await path.whenSaved()
    const history = EditHistory.parse(JSON.parse(JSON.stringify(sent.at(-1)?.history)))
    const again = opened({ ...whole, id: id('v2'), steps: steps.slice(0, 1), answer: null, finishReason: 'cut' }, history, { ...NO_STATEMENT, verdict: 'accept' })
    expect([keptSteps(again.path.document), again.path.canUndo]).toEqual([1, true])
    again.path.undo()
    again.path.undo()
    expect(thoughtOf(again.path.document, 1)).toBe('second')
    await again.path.whenSaved()
    expect(again.sent.map(({ change }) => change)).toEqual([{ steps: [], keepSteps: null }, { steps: [{ index: 1, thought: 'second' }] }])
  })
})
