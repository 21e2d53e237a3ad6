import { createRouterClient } from '@orpc/server'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { PrelabelRequest } from '#shared/contract/prelabel.ts'
import { ItemId, JobId, newId, PrelabelId, ReviewId, TrajectoryId } from '#shared/domain/ids.ts'
import { StageConfig } from '#shared/domain/trainingRun.ts'
import { jobTitle } from '#shared/domain/jobTitle.ts'
import { createRouter } from '#main/api/router.ts'
import { recoverJobs } from '#main/jobs/recovery.ts'
import { forgetPrelabel, listOpenPrelabels, previewPrelabel, resumePrelabel, startPrelabel } from '#main/jobs/prelabel.ts'
import { selectForStage } from '#main/jobs/selection.ts'
import { insertItems } from '#main/store/items.ts'
import { changePrelabel, getPrelabel, insertPrelabel, openItemsOf } from '#main/store/prelabels.ts'
import { addReview, getStanding } from '#main/store/reviews.ts'
import { setReward } from '#main/store/rewards.ts'
import { getTrajectory, insertTrajectory, listTrajectories } from '#main/store/trajectories.ts'
import { AT, makeItem, makeReward, makeTrajectory } from '../store/fixtures.ts'
import { checkpointNamed, testWorkshop, type TestWorkshop } from './workshop.ts'

let test: TestWorkshop
let items: ItemId[]

beforeEach(async () => {
  test = await testWorkshop()
  const made = ['maze', 'maze', 'maze', 'count'].map((task, index) => makeItem({ task, question: `Question ${index}?` }))
  insertItems(test.workshop.project, made)
  items = made.map(({ id }) => id)
})
afterEach(async () => { await test.close() })

function asked(change: object = {}, writer = checkpointNamed(test.workshop, 'writes')): PrelabelRequest {
  return PrelabelRequest.parse({ writer: { kind: 'checkpoint', checkpointId: writer.id }, source: { kind: 'itemQuery', filter: {} }, samples: 3, ...change })
}

async function run(request: PrelabelRequest) {
  const { runner } = test.workshop
  const { id, jobId } = await startPrelabel(test.workshop, request)
  await runner.idle()
  return { id, job: runner.log.get(jobId), paths: pathsOf({ prelabelId: id }) }
}

/** What a query finds, as item number and sample number, in the order of the items. */
function pathsOf(filter: Parameters<typeof listTrajectories>[1]): string[] {
  return listTrajectories(test.workshop.project, filter).rows.map(({ itemId, groupIndex }) => `${items.indexOf(itemId as ItemId)}.${groupIndex}`).toSorted()
}

it('keeps every path, the right ones, or the best of each item', async () => {
  expect((await run(asked({ keep: 'all', skip: 'none' }))).paths).toHaveLength(12)
  expect((await run(asked({ keep: 'right', skip: 'none' }))).paths).toEqual(['0.1', '1.1', '2.1', '3.1'])
  expect((await run(asked({ keep: 'best', skip: 'none' }))).paths).toEqual(['0.1', '1.1', '2.1', '3.1'])
})

it('leaves out items that have a path, shares a limit out over the tasks, and writes for the items of a list of paths', async () => {
  const { project } = test.workshop
  const known = makeTrajectory(items[0] as ItemId)
  insertTrajectory(project, known)
  expect(await previewPrelabel(test.workshop, asked())).toEqual({ found: 4, skipped: 1, items: 3, paths: 9, seconds: null })
  expect((await run(asked({ limit: 2, samples: 1 }))).paths).toEqual(['1.0', '3.0'])
  const ofPaths = asked({ source: { kind: 'pathQuery', filter: { origin: 'teacher' } }, skip: 'withOwn', samples: 1 })
  expect((await run(ofPaths)).paths).toEqual(['0.0'])
  await expect(startPrelabel(test.workshop, ofPaths)).rejects.toMatchObject({ code: 'bad_input', message: 'All of these items have a path already' })
  await expect(startPrelabel(test.workshop, asked({ source: { kind: 'itemQuery', filter: { text: 'nothing like it' } } }))).rejects.toMatchObject({ message: 'There is no item to write paths for' })
})

it('changes nothing a person made, however often it runs', async () => {
  const { project } = test.workshop
  const original = makeTrajectory(items[0] as ItemId)
  const edited = makeTrajectory(items[0] as ItemId, { parentId: original.id, origin: { kind: 'human', reviewer: 'ana' }, id: newId(TrajectoryId) })
  for (const path of [original, edited]) insertTrajectory(project, path)
  setReward(project, edited.id, makeReward())
  addReview(project, { id: newId(ReviewId), trajectoryId: edited.id, reviewer: 'ana', verdict: 'accept', reflective: true, comment: 'good', createdAt: AT })
  const before = [getTrajectory(project, edited.id), getStanding(project, edited.id)]
  for (let again = 0; again < 2; again++) await run(asked({ skip: 'none', seed: again }))
  expect([getTrajectory(project, edited.id), getStanding(project, edited.id)]).toEqual(before)
  expect(listTrajectories(project, { origin: 'human', newestOnly: true }).rows.map(({ id }) => id)).toEqual([edited.id])
  expect(listTrajectories(project, { itemId: items[0] as ItemId, newestOnly: true }).total).toBe(7)
})

it('keeps a corrected path in its list, in the place of the one that was corrected', async () => {
  const { id, paths } = await run(asked({ samples: 1 }))
  expect(paths).toHaveLength(4)
  const [first] = listTrajectories(test.workshop.project, { prelabelId: id }).rows
  const edited = makeTrajectory(first?.itemId as ItemId, { id: newId(TrajectoryId), parentId: TrajectoryId.parse(first?.id), origin: { kind: 'human', reviewer: 'ana' } })
  insertTrajectory(test.workshop.project, edited)
  const ids = listTrajectories(test.workshop.project, { prelabelId: id, newestOnly: true }).rows.map((path) => path.id)
  expect(ids).toHaveLength(4)
  expect([ids.includes(edited.id), ids.includes(first?.id ?? '')]).toEqual([true, false])
})

it('serves others while it notes many items', async () => {
  const { project, runner } = test.workshop
  const many = Array.from({ length: 6000 }, (_, i) => makeItem({ id: newId(ItemId), question: `Which way, ${i}?` }))
  insertItems(project, many)
  const [id, jobId] = [newId(PrelabelId), newId(JobId)]
  runner.log.create({ id: jobId, kind: 'rollout', title: 'many', status: 'stopped', progress: null, error: null, runId: null, createdAt: AT, finishedAt: AT })
  const request = PrelabelRequest.parse({ writer: { kind: 'endpoint', name: 'none' }, source: { kind: 'itemQuery', filter: {} } })
  const seen: number[] = []
  await insertPrelabel(project, { id, jobId, request, createdAt: AT }, many.map((item) => item.id), async () => { seen.push(getPrelabel(project, id).items) })
  expect(seen).toEqual([0, 5000])
  expect(openItemsOf(project, id)).toEqual(many.map((item, place) => ({ itemId: item.id, place })))
})

it('goes on after its engine died: what was stored stays once, the rest keeps its seeds', async () => {
  const request = asked({ source: { kind: 'items', itemIds: items }, keep: 'all', samples: 2 }, checkpointNamed(test.workshop, 'writes and dies'))
  const { id, job, paths } = await run(request)
  expect([job.status, paths]).toEqual(['failed', ['0.0', '0.1', '1.0']])
  expect(listOpenPrelabels(test.workshop)).toMatchObject([{ id, items: 4, done: 1 }])
  const { jobId } = await resumePrelabel(test.workshop, id)
  await expect(resumePrelabel(test.workshop, id)).rejects.toMatchObject({ code: 'conflict' })
  await test.workshop.runner.idle()
  expect(test.workshop.runner.log.get(jobId)).toMatchObject({ status: 'finished', title: jobTitle('prelabelMore', { items: 3, writer: 'writes and dies' }) })
  expect(pathsOf({ prelabelId: id })).toEqual(['0.0', '0.1', '1.0', '1.1', '2.0', '2.1', '3.0', '3.1'])
  const seeds = listTrajectories(test.workshop.project, { prelabelId: id }).rows.map(({ id: path }) => getTrajectory(test.workshop.project, TrajectoryId.parse(path)).origin)
    .map((origin) => origin.kind === 'model' ? origin.sampling.seed : NaN)
  expect(seeds.toSorted((a, b) => a - b)).toEqual([0, 1, 100, 101, 200, 201, 300, 301])
  expect(listOpenPrelabels(test.workshop)).toEqual([])
  await expect(resumePrelabel(test.workshop, id)).rejects.toMatchObject({ code: 'conflict', message: 'This pre-labelling is finished' })
})

it('asks for nothing that was thrown away', async () => {
  const api = createRouterClient(createRouter(test.workshop))
  const trash = (ids: ItemId[]) => api.itemBulk.apply({ selection: { kind: 'ids', ids }, action: { kind: 'trash' }, author: 'ana' })
  const { id } = await run(asked({ source: { kind: 'items', itemIds: items }, samples: 2 }, checkpointNamed(test.workshop, 'writes and dies')))
  await trash([items[2] as ItemId])
  expect(listOpenPrelabels(test.workshop)).toMatchObject([{ id, items: 3, done: 1 }])
  expect(await previewPrelabel(test.workshop, asked({ source: { kind: 'items', itemIds: items }, skip: 'none', samples: 1 }))).toMatchObject({ found: 3, items: 3 })
  await resumePrelabel(test.workshop, id)
  await test.workshop.runner.idle()
  expect(pathsOf({ prelabelId: id })).toEqual(['0.0', '0.1', '1.0', '1.1', '3.0', '3.1'])
  expect(listOpenPrelabels(test.workshop)).toEqual([])
})

it('is found again when the whole program was killed, and can be forgotten', async () => {
  const { project, runner } = test.workshop
  const { id, jobId } = await startPrelabel(test.workshop, asked({}, checkpointNamed(test.workshop, 'waits')))
  expect(listOpenPrelabels(test.workshop)).toEqual([])
  expect(() => { forgetPrelabel(test.workshop, id) }).toThrow('under way')
  recoverJobs(project, runner.log)
  expect(listOpenPrelabels(test.workshop)).toMatchObject([{ id, items: 4, done: 0 }])
  forgetPrelabel(test.workshop, id)
  expect(listOpenPrelabels(test.workshop)).toEqual([])
  runner.kill(jobId)
})

it('tells how long it would take once the writer has been measured', async () => {
  const writer = checkpointNamed(test.workshop, 'writes')
  const { id } = await run(asked({ samples: 1 }, writer))
  changePrelabel(test.workshop.project, id, { rate: 2 })
  expect(await previewPrelabel(test.workshop, asked({ skip: 'none' }, writer))).toMatchObject({ paths: 12, seconds: 6 })
  expect(await previewPrelabel(test.workshop, asked({ skip: 'none' }, checkpointNamed(test.workshop, 'other')))).toMatchObject({ seconds: null })
})

it('teaches the cold start what a reviewer accepts of it, and nothing else', async () => {
  const { project } = test.workshop
  const { id } = await run(asked({ samples: 2 }))
  const coldStart = StageConfig.parse({ stage: 'coldStart', config: {} })
  expect(() => selectForStage(project, coldStart, [])).toThrow('no accepted or correct written path')
  const [path] = listTrajectories(project, { prelabelId: id, itemId: items[2] as ItemId, correct: true }).rows
  addReview(project, { id: newId(ReviewId), trajectoryId: TrajectoryId.parse(path?.id), reviewer: 'ana', verdict: 'accept', reflective: null, comment: '', createdAt: AT })
  expect([...selectForStage(project, coldStart, [])]).toEqual([[items[2], [path?.id]]])
})

it('refuses greedy samples, which would all be the same', () => {
  expect(() => asked({ temperature: 0 })).toThrow('greedy')
  expect(asked({ temperature: 0, samples: 1 }).temperature).toBe(0)
})
