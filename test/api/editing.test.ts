import { createRouterClient } from '@orpc/server'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createRouter } from '#main/api/router.ts'
import { runGenerating } from '#main/jobs/generating.ts'
import { openProject } from '#main/store/project.ts'
import { getEditHistory } from '#main/store/editHistories.ts'
import type { TrajectoryDetail } from '#shared/contract/trajectories.ts'
import type { EditHistory } from '#shared/domain/editHistory.ts'
import { JobId, newId, type TrajectoryId } from '#shared/domain/ids.ts'
import { testWorkshop, type TestWorkshop } from '../jobs/workshop.ts'

let test: TestWorkshop
let base: TrajectoryDetail
const clientOf = ({ workshop }: TestWorkshop) => createRouterClient(createRouter(workshop))
let client: ReturnType<typeof clientOf>

beforeEach(async () => {
  test = await testWorkshop()
  client = clientOf(test)
  const quiet = { jobId: newId(JobId), stop: new AbortController().signal, kill: new AbortController().signal, report: () => undefined }
  await runGenerating(test.workshop, quiet, { generator: 'relation', count: 1, seed: 3, split: 'train', teacherPaths: true, reflectiveShare: 0 })
  const { rows } = await client.trajectories.list({ filter: {}, page: {} })
  base = await client.trajectories.get({ id: rows[0]?.id as never })
})
afterEach(() => test.close())

const thought = (id: string, before: string, after: string): EditHistory['done'][number] => {
  const record = { type: 'thought' as const, id, step: 0 }
  return { added: [], removed: [], updated: [[{ ...record, text: before }, { ...record, text: after }]] }
}
const history = (text: string): EditHistory => ({ shapes: [], done: [thought('thought:0', 'before', text)], undone: [] })

async function think(parentId: TrajectoryId, text: string, reviewer: string): Promise<TrajectoryDetail> {
  return client.trajectories.saveEdit({ parentId, reviewer, steps: [{ index: 0, thought: text }], history: history(text) })
}

describe('what can be undone', () => {
  it('is kept beside the version it leads to, for each reviewer, and on disk', async () => {
    const ann = await think(base.trajectory.id, 'one', 'ann')
    await client.trajectories.review({ trajectoryId: ann.trajectory.id, reviewer: 'bob', verdict: 'accept', reflective: null, revisions: [], history: history('bob') })
    const two = await think(ann.trajectory.id, 'two', 'ann')
    const reader = openProject(test.folder, { mode: 'read' })
    expect(getEditHistory(reader, two.trajectory.id, 'ann')).toEqual(history('two'))
    expect(getEditHistory(reader, two.trajectory.id, 'bob')).toBeNull()
    expect(getEditHistory(reader, ann.trajectory.id, 'ann')).toBeNull()
    expect(getEditHistory(reader, ann.trajectory.id, 'bob')).toEqual(history('bob'))
    reader.close()
  })

  it('is refused where it is no history', async () => {
    const wrong = { ...history('x'), done: [{ added: [{ type: 'shape', id: 'a' }], removed: [], updated: [] }] }
    await expect(client.trajectories.saveEdit({ parentId: base.trajectory.id, reviewer: 'ann', steps: [], history: wrong as never })).rejects.toMatchObject({ code: 'BAD_REQUEST' })
  })

  it('comes with the operations as they were before any person edited them', async () => {
    const one = await think(base.trajectory.id, 'one', 'ann')
    const emptied = await client.trajectories.saveEdit({ parentId: one.trajectory.id, reviewer: 'ann', steps: [{ index: 0, ops: [] }] })
    const { original } = await client.editing.open({ id: emptied.trajectory.id, reviewer: 'ann' })
    expect(original).toEqual(base.trajectory.steps.map(({ action }) => action.kind === 'draw' ? action.ops : []))
    expect(original[0]).not.toEqual([])
  })
})

describe('a statement stored with an edit', () => {
  it('belongs to the new version', async () => {
    const statement = { verdict: null, reflective: true, comment: 'seen', revisions: [{ from: { step: 0, op: 0 }, to: { step: 1, op: 0 }, real: false }] }
    const { reviews, trajectory } = await client.trajectories.saveEdit({ parentId: base.trajectory.id, reviewer: 'ann', steps: [{ index: 0, thought: 'so' }], statement })
    expect(reviews).toMatchObject([{ ...statement, reviewer: 'ann', trajectoryId: trajectory.id }])
    expect((await client.trajectories.list({ filter: { reflective: true }, page: {} })).rows).toMatchObject([{ id: trajectory.id, markedReflective: true }])
  })
})

describe('two editors of one path', () => {
  const shown = async (): Promise<string[]> => (await client.trajectories.list({ filter: { itemId: base.item.id }, page: {} })).rows.map(({ id }) => id)

  it('both keep their edits and each learns of the other', async () => {
    const mine = await think(base.trajectory.id, 'mine', 'ann')
    const theirs = await think(base.trajectory.id, 'theirs', 'bob')
    expect(mine.rivals).toEqual([])
    expect(theirs.rivals).toMatchObject([{ id: mine.trajectory.id, reviewer: 'ann' }])
    const later = await think(mine.trajectory.id, 'mine again', 'ann')
    expect(later.rivals).toMatchObject([{ id: theirs.trajectory.id, reviewer: 'bob' }])
    expect((await shown()).sort()).toEqual([later.trajectory.id, theirs.trajectory.id].sort())
  })

  it.each([['mine', 1], ['theirs', 1], ['both', 2]] as const)('settle it: %s', async (choice, left) => {
    const other = await think(base.trajectory.id, 'other', 'ann')
    const own = await think(base.trajectory.id, 'own', 'bob')
    const ownId = own.trajectory.id
    expect(await client.editing.settle({ id: ownId, rival: other.trajectory.id, choice })).toEqual({ rivals: choice === 'theirs' ? [expect.objectContaining({ id: other.trajectory.id })] : [] })
    const ids = await shown()
    expect(ids).toHaveLength(left)
    expect(ids.includes(ownId)).toBe(choice !== 'theirs')
    if (choice === 'both') expect((await think(ownId, 'on', 'bob')).rivals).toEqual([])
    for (const { trajectory } of [own, other]) expect((await client.trajectories.get({ id: trajectory.id })).trajectory.steps[0]?.thought).toBe(trajectory.steps[0]?.thought)
  })
})

describe('labels to offer', () => {
  it('are those of the item, then those of the project, without drawn numbers', async () => {
    const ops = [{ kind: 'box' as const, imageIndex: 1, box: [1, 1, 30, 30] as [number, number, number, number], label: 'teapot', space: 'model' as const },
      { kind: 'box' as const, imageIndex: 1, box: [1, 1, 30, 30] as [number, number, number, number], label: '12', space: 'model' as const }]
    await client.trajectories.saveEdit({ parentId: base.trajectory.id, reviewer: 'ann', steps: [{ index: 0, ops }] })
    const { item, project } = await client.editing.labels({ itemId: base.item.id })
    expect(item).toContain('teapot')
    expect(item).not.toContain('12')
    expect(project).toContain('teapot')
  })
})
