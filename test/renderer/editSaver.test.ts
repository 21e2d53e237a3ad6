import { describe, expect, it } from 'vitest'
import type { DrawOp } from '#shared/domain/drawOp.ts'
import { TrajectoryId } from '#shared/domain/ids.ts'
import type { PathRecord } from '#shared/domain/pathRecord.ts'
import { EditSaver, type SaveState } from '../../src/renderer/canvas/document/editSaver.ts'
import type { PathDocument } from '../../src/renderer/canvas/document/pathDocument.ts'

const id = (text: string): TrajectoryId => TrajectoryId.parse(text)

const marks = { done: [], undone: [] }

function documentAt(x: number): PathDocument {
  const op: DrawOp = { kind: 'box', imageIndex: 1, box: [x, 0, x + 5, 5], label: 'a', space: 'model' }
  return new Map<string, PathRecord>([['s', { type: 'shape', id: 's', step: 0, order: 0, op }]])
}

/** A project that answers each save only when told to. */
function slowProject(): { saver: EditSaver; sent: { parent: string; x: number }[]; states: SaveState[]; answer: (error?: Error) => Promise<void> } {
  const sent: { parent: string; x: number }[] = []
  const states: SaveState[] = []
  let waiting: { resolve: (id: TrajectoryId) => void; reject: (error: Error) => void } | null = null
  const saver = new EditSaver({ head: id('v0'), document: documentAt(0) }, ({ parentId, change }) => {
    const op = change?.steps[0]?.ops?.[0]
    sent.push({ parent: parentId, x: op?.kind === 'box' ? op.box[0] : -1 })
    return new Promise((resolve, reject) => { waiting = { resolve, reject } })
  }, (state) => { states.push(state) })
  const answer = async (error?: Error): Promise<void> => {
    if (error === undefined) waiting?.resolve(id(`v${sent.length}`))
    else waiting?.reject(error)
    await new Promise((resolve) => { setImmediate(resolve) })
  }
  return { saver, sent, states, answer }
}

describe('saving edits', () => {
  it('sends one at a time, each naming the version before it', async () => {
    const { saver, sent, states, answer } = slowProject()
    for (const x of [1, 2, 3]) saver.push(documentAt(x), marks)
    expect(sent).toEqual([{ parent: 'v0', x: 1 }])
    for (let i = 0; i < 3; i++) await answer()
    expect(sent).toEqual([{ parent: 'v0', x: 1 }, { parent: 'v1', x: 2 }, { parent: 'v2', x: 3 }])
    expect(states.at(-1)).toMatchObject({ status: 'saved', head: 'v3', waiting: 0 })
  })

  it('makes one version of a held key, but never changes a save on its way', async () => {
    const { saver, sent, answer } = slowProject()
    for (const x of [1, 2, 3, 4]) saver.push(documentAt(x), marks, 'nudge')
    await answer()
    await answer()
    expect(sent.map(({ x }) => x)).toEqual([1, 4])
  })

  it('keeps everything when a save fails, and goes on from there', async () => {
    const { saver, sent, states, answer } = slowProject()
    saver.push(documentAt(1), marks)
    saver.push(documentAt(2), marks)
    await answer(new Error('disk full'))
    expect(states.at(-1)).toMatchObject({ status: 'failed', waiting: 2 })
    saver.retry()
    await answer()
    await answer()
    expect(sent.map(({ x }) => x)).toEqual([1, 1, 2])
    expect(states.at(-1)).toMatchObject({ status: 'saved', waiting: 0 })
  })

  it('makes no version of an edit that was taken back before it was sent', async () => {
    const { saver, sent, states, answer } = slowProject()
    saver.push(documentAt(1), marks)
    saver.push(documentAt(1), marks)
    await answer()
    expect(sent).toHaveLength(1)
    expect(states.at(-1)).toMatchObject({ status: 'saved' })
  })
})
