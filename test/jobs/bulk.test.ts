import { createRouterClient } from '@orpc/server'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { ItemFilter } from '#shared/contract/items.ts'
import type { ItemSelection } from '#shared/contract/itemBulk.ts'
import { TrajectoryFilter } from '#shared/contract/trajectories.ts'
import { JobId, newId } from '#shared/domain/ids.ts'
import { createRouter } from '#main/api/router.ts'
import { recoverJobs } from '#main/jobs/recovery.ts'
import { countItems, insertItems } from '#main/store/items.ts'
import { countTrajectories, insertTrajectory } from '#main/store/trajectories.ts'
import { makeItem, makeTrajectory } from '../store/fixtures.ts'
import { testWorkshop, type TestWorkshop } from './workshop.ts'

const ITEMS = 300
const all: ItemSelection = { kind: 'filter', filter: ItemFilter.parse({}) }
const filter = TrajectoryFilter.parse({})

let test: TestWorkshop
beforeEach(async () => {
  test = await testWorkshop()
  const items = Array.from({ length: ITEMS }, (_, i) => makeItem({ question: `Question ${i}?` }))
  insertItems(test.workshop.project, items)
  test.workshop.project.transaction(() => { for (const { id } of items) insertTrajectory(test.workshop.project, makeTrajectory(id)) })
})
afterEach(async () => { await test.close() })

const api = () => createRouterClient(createRouter(test.workshop))
const job = (id: JobId) => test.workshop.runner.log.get(id)

/** What a job tells from its first to its last event; `onProgress` is called with each report. */
async function watched(jobId: JobId, onProgress: () => void = () => undefined): Promise<{ last: object; progress: { done: number; total: number | null; unit: string }[] }> {
  const progress: { done: number; total: number | null; unit: string }[] = []
  let last: object = {}
  for await (const { body } of test.workshop.runner.log.watch(jobId, -1)) {
    last = body
    if (body.kind !== 'progress') continue
    progress.push(body.progress)
    onProgress()
  }
  return { last, progress }
}

it('changes all items of a query with its progress told, tells every window, and takes it back as one', async () => {
  const { project, itemEdits } = test.workshop
  const heard = itemEdits.subscribe()
  const { jobId } = await api().itemBulk.start({ selection: all, action: { kind: 'split', split: 'test' }, author: 'ann' })
  const { last, progress } = await watched(jobId)
  expect(last).toEqual({ kind: 'finished', summary: { changed: ITEMS } })
  expect([progress[0], progress.at(-1)]).toMatchObject([{ done: 100, total: ITEMS, unit: 'items' }, { done: ITEMS, total: ITEMS }])
  expect(job(jobId)).toMatchObject({ kind: 'bulk', title: 'bulkItems', status: 'finished', progress: { done: ITEMS } })
  expect((await heard[Symbol.asyncIterator]().next()).value).toEqual({ itemId: null })
  const batch = await api().itemBulk.last()
  const undo = await api().itemBulk.startUndo({ id: batch?.id ?? '', author: 'ann' })
  expect((await watched(undo.jobId)).last).toEqual({ kind: 'finished', summary: { undone: ITEMS, left: 0 } })
  expect(countItems(project, { split: 'train' })).toBe(ITEMS)
})

it('judges all paths of a list, and tells windows whose word it is', async () => {
  const heard = test.workshop.edits.subscribe()
  const { jobId } = await api().reviewers.bulk.start({ filter, reviewer: 'ann', action: 'accept' })
  expect((await watched(jobId)).last).toEqual({ kind: 'finished', summary: { changed: ITEMS } })
  expect((await heard[Symbol.asyncIterator]().next()).value).toEqual({ judgedBy: 'ann' })
  const batch = await api().reviewers.bulk.last({ reviewer: 'ann' })
  const undo = await api().reviewers.bulk.startUndo({ id: batch?.id ?? '', reviewer: 'ann' })
  expect((await watched(undo.jobId)).last).toEqual({ kind: 'finished', summary: { undone: ITEMS, left: 0 } })
})

it('cancelled in the middle keeps what it did, which can be taken back as one', async () => {
  const { runner, project } = test.workshop
  const { jobId } = await api().itemBulk.start({ selection: all, action: { kind: 'trash' }, author: 'ann' })
  const { last } = await watched(jobId, () => { runner.cancel(jobId) })
  expect(last).toEqual({ kind: 'stopped' })
  const batch = await api().itemBulk.last()
  expect(batch?.changed).toBe(countItems(project, { trashed: true }))
  expect(batch?.changed).toBeLessThan(ITEMS)
  const undo = await api().itemBulk.startUndo({ id: batch?.id ?? '', author: 'ann' })
  await watched(undo.jobId)
  expect(countItems(project)).toBe(ITEMS)
})

it('deletes what lies in the trash', async () => {
  await api().itemBulk.apply({ selection: all, action: { kind: 'trash' }, author: 'ann' })
  const { jobId } = await api().itemBulk.startDeletion({ selection: { kind: 'filter', filter: ItemFilter.parse({ trashed: true }) } })
  expect((await watched(jobId)).last).toEqual({ kind: 'finished', summary: { items: ITEMS, paths: ITEMS, frozen: 0 } })
  expect([countItems(test.workshop.project, { trashed: true }), countTrajectories(test.workshop.project)]).toEqual([0, 0])
})

it('does not wait for an import, and says after a kill that it can be taken back', async () => {
  const { runner, project } = test.workshop
  const importing = newId(JobId)
  runner.submit({ id: importing, kind: 'import', title: 'Import', lane: 'data', runId: null, work: ({ stop }) => new Promise((resolve) => { stop.addEventListener('abort', () => { resolve('stopped') }) }) })
  const { jobId } = await api().itemBulk.start({ selection: all, action: { kind: 'addTag', tag: 'new' }, author: 'ann' })
  expect((await watched(jobId)).last).toMatchObject({ kind: 'finished' })
  runner.cancel(importing)
  await runner.idle()
  const killed = newId(JobId)
  runner.log.create({ id: killed, kind: 'bulk', title: 'bulkItems', status: 'running', progress: null, error: null, runId: null, createdAt: new Date().toISOString(), finishedAt: null })
  expect(recoverJobs(project, runner.log)).toEqual([killed])
  expect(job(killed)).toMatchObject({ status: 'failed', error: { advice: expect.stringContaining('taken back as a whole') as string } })
})
