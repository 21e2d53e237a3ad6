import { copyFile, mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { call } from '@orpc/server'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import type { DatasetItem } from '#shared/domain/datasetItem.ts'
import { BlobId, JobId, newId, TrajectoryId } from '#shared/domain/ids.ts'
import { StageConfig } from '#shared/domain/trainingRun.ts'
import { createRouter } from '#main/api/router.ts'
import { datasetMembers, freezeDataset, frozenItemVersions } from '#main/store/datasetVersions.ts'
import { freezeData } from '#main/jobs/frozenData.ts'
import { selectForStage } from '#main/jobs/selection.ts'
import { readDataset } from '#main/engine/dataset.ts'
import { runGenerating } from '#main/jobs/generating.ts'
import { insertItems } from '#main/store/items.ts'
import { setReward } from '#main/store/rewards.ts'
import { getTrajectory, insertTrajectory } from '#main/store/trajectories.ts'
import { testWorkshop } from '../jobs/workshop.ts'
import { answerStep, makeItem, makeReward, makeTrajectory } from '../store/fixtures.ts'

const PHOTO = join(import.meta.dirname, '..', 'fixtures', 'real', 'images', 'leuvenA.jpg')
const coldStart = StageConfig.parse({ stage: 'coldStart', config: {} })
let test: Awaited<ReturnType<typeof testWorkshop>>
let router: ReturnType<typeof createRouter>

beforeAll(async () => {
  test = await testWorkshop()
  router = createRouter(test.workshop)
})
afterAll(async () => { await test.close() })

/** An item with a path that answers it right. */
function withPath(question: string): { item: DatasetItem; path: ReturnType<typeof makeTrajectory> } {
  const item = makeItem({ question, answer: 'A' })
  const path = makeTrajectory(item.id, { steps: [answerStep()], finishStep: 0, answer: 'A' })
  insertItems(test.workshop.project, [item])
  insertTrajectory(test.workshop.project, path)
  setReward(test.workshop.project, path.id, makeReward())
  return { item, path }
}

describe('a question written by hand', () => {
  it('stands over uploaded pictures, is refused when incomplete or there already, and tells every window', async () => {
    const { project, itemEdits } = test.workshop
    const folder = join(project.folder, 'inbox', 'own')
    await mkdir(folder, { recursive: true })
    await copyFile(PHOTO, join(folder, 'street.jpg'))
    const images = await call(router.itemEdits.addPictures, { folder: 'inbox/own', files: ['street.jpg'] })
    const fields = {
      question: 'Is the car left or right of the tower?', options: ['left', 'right'], answer: 'B', questionType: 'multipleChoice' as const, dataType: 'image' as const, images, tags: [], split: 'test' as const, task: 'sides'
    }
    const told: unknown[] = []
    const publish = vi.spyOn(itemEdits, 'publish').mockImplementation((event) => void told.push(event))
    const { id } = await call(router.itemEdits.create, { fields })
    publish.mockRestore()
    expect(told).toEqual([{ itemId: null }])
    const { item } = await call(router.itemEdits.open, { id })
    expect(item).toMatchObject({ ...fields, version: 1, truth: [], origin: { kind: 'import', file: 'street.jpg', line: 1 } })
    await expect(call(router.itemEdits.create, { fields })).rejects.toMatchObject({ data: { code: 'conflict', where: id } })
    await expect(call(router.itemEdits.create, { fields: { ...fields, answer: 'C' } })).rejects.toMatchObject({ data: { code: 'bad_input', where: 'answer: answerNoOption' } })
    const second = await call(router.itemEdits.create, { fields: { ...fields, question: 'And the door?' } })
    expect((await call(router.itemEdits.open, second)).item.origin).toEqual({ kind: 'import', file: 'street.jpg', line: 2 })
    const unknown = images.map((image) => ({ ...image, blob: BlobId.parse('0'.repeat(64)) }))
    await expect(call(router.itemEdits.create, { fields: { ...fields, images: unknown } })).rejects.toMatchObject({ data: { code: 'not_found' } })
  })
})

describe('an edited question and its paths', () => {
  it('keeps their reward and says so, leaves them out of learning, and scores them anew when asked', async () => {
    const { project } = test.workshop
    const { item, path } = withPath('Which of the two?')
    const before = await call(router.trajectories.get, { id: path.id })
    expect(before.edited).toEqual([])
    expect([...selectForStage(project, coldStart, []).values()].flat()).toEqual([path.id])
    const { opened } = await call(router.itemEdits.edit, { id: item.id, author: 'ann', baseVersion: 1, fields: { answer: 'B', tags: ['mended'] } })
    expect(opened.paths).toEqual({ all: 1, outdated: 1, rescorable: 1 })
    const after = await call(router.trajectories.get, { id: path.id })
    expect(after).toMatchObject({ edited: ['answer'], item: { answer: 'A', tags: ['mended'] }, reward: { correct: 1 } })
    expect(() => selectForStage(project, coldStart, [])).toThrow(expect.objectContaining({ code: 'bad_input' }))
    const rescored = await call(router.itemEdits.rescore, { id: item.id })
    expect(rescored).toMatchObject({ scored: 1, left: 0, opened: { paths: { outdated: 0 } } })
    expect(await call(router.trajectories.get, { id: path.id })).toMatchObject({ edited: [], item: { answer: 'B' }, reward: { correct: 0 } })
    await call(router.itemEdits.restore, { id: item.id, author: 'ann', baseVersion: 2, version: 1, kind: 'restore' })
    expect(await call(router.trajectories.get, { id: path.id })).toMatchObject({ edited: ['answer'], item: { answer: 'B' }, reward: { correct: 0 } })
    await call(router.itemEdits.rescore, { id: item.id })
    expect(await call(router.trajectories.get, { id: path.id })).toMatchObject({ edited: [], item: { answer: 'A' }, reward: { correct: 1 } })
  })

  it('leaves paths over other pictures as they are, with the pictures they were drawn on', async () => {
    const { project } = test.workshop
    const { item, path } = withPath('What is on the square?')
    await mkdir(join(project.folder, 'inbox', 'batch', 'photos'), { recursive: true })
    await copyFile(PHOTO, join(project.folder, 'inbox', 'batch', 'photos', 'square.jpg'))
    const images = await call(router.itemEdits.addPictures, { folder: 'inbox/batch', files: ['photos/square.jpg'] })
    expect(images).toMatchObject([{ width: 751, height: 563, origin: { kind: 'file', name: 'photos/square.jpg' } }])
    await call(router.itemEdits.edit, { id: item.id, author: 'ann', baseVersion: 1, fields: { images } })
    expect(await call(router.itemEdits.rescore, { id: item.id })).toMatchObject({ scored: 0, left: 1, opened: { paths: { outdated: 1, rescorable: 0 } } })
    expect(await call(router.trajectories.get, { id: path.id })).toMatchObject({ edited: ['images'], item: { images: item.images } })
    await expect(call(router.itemEdits.addPictures, { folder: 'inbox/batch', files: ['photos/none.jpg'] })).rejects.toThrow()
  })

  it('never changes what frozen data says, even where the run has not begun', async () => {
    const { project } = test.workshop
    const { item, path } = withPath('Which one is frozen?')
    const frozen = freezeDataset(project, { name: 'run', itemIds: [item.id], trajectoryIds: [path.id] })
    await call(router.itemEdits.edit, { id: item.id, author: 'ann', baseVersion: 1, fields: { question: 'Which one is thawed?', split: 'test' } })
    const file = join(project.folder, 'frozen.jsonl')
    await freezeData(project, file, datasetMembers(project, frozen.id), undefined, frozenItemVersions(project, frozen.id))
    const lines = await readDataset(file)
    expect(lines.map((line) => line.item)).toEqual([item])
    expect(lines[0]?.trajectories).toEqual([getTrajectory(project, path.id)])
  })

  it('gives paths made while it was edited the version they were made on', async () => {
    const { item } = withPath('Edited under way?')
    await call(router.itemEdits.edit, { id: item.id, author: 'ann', baseVersion: 1, fields: { tags: ['a'] } })
    await call(router.itemEdits.edit, { id: item.id, author: 'ann', baseVersion: 2, fields: { question: 'Edited since?' } })
    const made = makeTrajectory(item.id, { itemVersion: 2 })
    insertTrajectory(test.workshop.project, made)
    expect(await call(router.trajectories.get, { id: made.id })).toMatchObject({ edited: ['question'], item: { question: 'Edited under way?' } })
  })

  it('lets an edited copy of a path stand on the version its parent stands on', async () => {
    const quiet = { jobId: newId(JobId), stop: new AbortController().signal, kill: new AbortController().signal, report: () => undefined }
    await runGenerating(test.workshop, quiet, { generator: 'count', count: 1, seed: 3, split: 'test', teacherPaths: true, reflectiveShare: 0 })
    const [parent] = (await call(router.trajectories.list, { filter: { task: 'count' }, page: {} })).rows
    const { item } = await call(router.trajectories.get, { id: TrajectoryId.parse(parent?.id) })
    await call(router.itemEdits.edit, { id: item.id, author: 'ann', baseVersion: 1, fields: { question: 'How many are there now?' } })
    const copy = await call(router.trajectories.saveEdit, { parentId: TrajectoryId.parse(parent?.id), reviewer: 'ann', steps: [], answer: '99' })
    expect(copy).toMatchObject({ edited: ['question'], item: { question: item.question }, trajectory: { itemVersion: 1 } })
  })

  it('tells a window that edited an older version where it met another, and stores nothing of that', async () => {
    const { item } = withPath('Two windows?')
    await call(router.itemEdits.edit, { id: item.id, author: 'ann', baseVersion: 1, fields: { question: 'Hers?' } })
    const met = await call(router.itemEdits.edit, { id: item.id, author: 'bo', baseVersion: 1, fields: { question: 'His?', answer: 'B' } })
    expect(met).toMatchObject({ conflicts: [{ field: 'question', author: 'ann' }], opened: { item: { question: 'Hers?', answer: 'A', version: 2 } } })
  })

  it('warns of pictures that are drawn on and of those that lie in another split', async () => {
    const { project } = test.workshop
    const { item } = withPath('Who shares?')
    insertTrajectory(project, makeTrajectory(item.id))
    const other = makeItem({ question: 'And who else?', split: 'test', images: item.images })
    insertItems(project, [other])
    const opened = await call(router.itemEdits.open, { id: item.id })
    expect(opened.drawnOn).toEqual([1])
    expect(opened.sharing).toContainEqual({ split: 'test', items: expect.any(Number) })
    expect((await call(router.itemEdits.open, { id: other.id })).sharing).toContainEqual({ split: 'train', items: expect.any(Number) })
  })
})

it('tells every window what another one changed, until it leaves', async () => {
  const { item } = withPath('Who is watching?')
  const leaving = new AbortController()
  const told: (string | null)[] = []
  const changes = await call(router.itemEdits.watch, undefined, { signal: leaving.signal })
  const listening = (async () => { for await (const { itemId } of changes) told.push(itemId) })()
  await expect.poll(() => test.workshop.itemEdits.listeners).toBe(1)
  await call(router.itemEdits.edit, { id: item.id, author: 'ann', baseVersion: 1, fields: { answer: 'B' } })
  await call(router.itemBulk.apply, { selection: { kind: 'ids', ids: [item.id] }, action: { kind: 'trash' }, author: 'ann' })
  await expect.poll(() => told).toEqual([item.id, null])
  leaving.abort()
  await listening
})
