import { mkdir, readdir, rename, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { ItemSelection } from '#shared/contract/itemBulk.ts'
import type { DatasetItem } from '#shared/domain/datasetItem.ts'
import { type BlobId, JobId, newId } from '#shared/domain/ids.ts'
import type { ImageRef } from '#shared/domain/imageRef.ts'
import { thumbnailFolder } from '#main/blobs/thumbnailFolder.ts'
import { startTidy, surveyUnused } from '#main/jobs/tidying.ts'
import { applyBulk } from '#main/store/itemBulk.ts'
import { insertItems } from '#main/store/items.ts'
import { editItem } from '#main/store/itemVersions.ts'
import { findImage, listVideos, mediaKey, recordVideo } from '#main/store/media.ts'
import { createProject, openProject } from '#main/store/project.ts'
import { deleteForEver } from '#main/store/trash.ts'
import { insertTrajectory } from '#main/store/trajectories.ts'
import { changesOfPictures, forgetUnused, unusedOf } from '#main/store/unusedBlobs.ts'
import { makeItem, makeTrajectory, temporaryFolder } from '../store/fixtures.ts'
import { testWorkshop, type TestWorkshop } from './workshop.ts'

const DAY = 86_400_000
const PNG = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]

let test: TestWorkshop
beforeEach(async () => { test = await testWorkshop() })
afterEach(async () => { await test.close() })

const project = () => test.workshop.project

/** A stored picture, put two days ago. */
async function picture(content: number, origin: ImageRef['origin'] = { kind: 'file', name: `${content}.png` }): Promise<ImageRef> {
  const blob = await project().blobs.put(Uint8Array.of(...PNG, content), 'image/png')
  await age(blob)
  return { blob, width: 10, height: 10, mime: 'image/png', origin }
}

async function age(blob: BlobId, days = 2): Promise<void> {
  const at = new Date(Date.now() - days * DAY)
  await utimes(project().blobs.path(blob), at, at)
}

/** An item over pictures that goes to the trash and is deleted for ever. */
async function gone(item: DatasetItem): Promise<void> {
  const selection: ItemSelection = { kind: 'ids', ids: [item.id] }
  await applyBulk(project(), selection, { kind: 'trash' }, 'ann')
  await deleteForEver(project(), selection)
}

async function tidied(): Promise<object> {
  const { jobId } = startTidy(test.workshop)
  await test.workshop.runner.idle()
  return endOf(jobId)
}

async function endOf(jobId: JobId): Promise<object> {
  let last: object = {}
  for await (const { body } of test.workshop.runner.log.watch(jobId, -1)) last = body
  return last
}

describe('pictures nobody uses', () => {
  it('are those of deleted items alone: others, earlier versions, drawings and the trash keep theirs', async () => {
    const [only, shared, earlier, drawn, trashed] = await Promise.all([1, 2, 3, 4, 5].map((content) => picture(content))) as [ImageRef, ImageRef, ImageRef, ImageRef, ImageRef]
    const [deleted, kept, thrown] = [makeItem({ images: [only, shared] }), makeItem({ images: [shared, earlier] }), makeItem({ images: [trashed] })]
    insertItems(project(), [deleted, kept, thrown])
    editItem(project(), kept.id, { images: [shared, trashed], dataType: 'multiView' }, { author: 'ann', baseVersion: 1 })
    const path = makeTrajectory(kept.id)
    const [first] = path.steps
    insertTrajectory(project(), { ...path, steps: first === undefined ? [] : [{ ...first, observations: [{ sourceIndex: 1, newIndex: 3, image: { ...drawn, origin: { kind: 'drawn' } }, shapes: [] }] }, ...path.steps.slice(1)] })
    await applyBulk(project(), { kind: 'ids', ids: [thrown.id] }, { kind: 'trash' }, 'ann')
    expect(unusedOf(project(), [only, shared, earlier, drawn, trashed].map(({ blob }) => blob))).toEqual([])
    await gone(deleted)
    expect(await surveyUnused(project(), Date.now())).toEqual({ pictures: 1, bytes: 9, recent: 0 })
    const folder = thumbnailFolder(test.folder, only.blob)
    await mkdir(folder, { recursive: true })
    await writeFile(join(folder, `${only.blob}-96`), 'small')
    expect(await tidied()).toEqual({ kind: 'finished', summary: { pictures: 1, megabytes: 0 } })
    expect([await project().blobs.has(only.blob), await project().blobs.has(earlier.blob), findImage(project(), only.blob), await readdir(folder)]).toEqual([false, true, undefined, []])
    expect(await project().blobs.list()).toHaveLength(4)
  })

  it('of the last day are told and stay, as do those an import puts again just before they would go', async () => {
    const [fresh, again] = [await picture(1), await picture(2)]
    await age(fresh.blob, 0)
    expect(await surveyUnused(project(), Date.now())).toEqual({ pictures: 1, bytes: 9, recent: 1 })
    // Found unused and old, and put again before the project was asked once more.
    await project().blobs.put(Uint8Array.of(...PNG, 2), 'image/png')
    mediaKey(project(), again)
    expect(forgetUnused(project(), [again.blob], Date.now() - DAY)).toEqual([])
    expect(findImage(project(), again.blob)).toEqual(again)
    expect(await tidied()).toMatchObject({ summary: { pictures: 0 } })
    expect(await project().blobs.list()).toHaveLength(2)
  })

  it('are imported anew while they go, and no item is left without its picture', async () => {
    const { runner } = test.workshop
    const contents = Array.from({ length: 30 }, (_, i) => i)
    for (const content of contents) await picture(content)
    const { jobId } = startTidy(test.workshop)
    const items = await Promise.all(contents.map(async (content) => {
      const blob = await project().blobs.put(Uint8Array.of(...PNG, content), 'image/png')
      const item = makeItem({ question: `Question ${content}?`, images: [{ blob, width: 10, height: 10, mime: 'image/png', origin: { kind: 'file', name: 'x' } }] })
      insertItems(project(), [item])
      return item
    }))
    await runner.idle()
    expect(await endOf(jobId)).toMatchObject({ kind: 'finished' })
    const there = await Promise.all(items.flatMap(({ images }) => images.map(({ blob }) => project().blobs.has(blob))))
    expect(there.filter((has) => !has)).toEqual([])
  })

  it('of a video go once its frames are gone, and the video with them', async () => {
    const [frame, video] = [await picture(1, { kind: 'frame', video: 'room.mp4', seconds: 1, decoder: 'test' }), await picture(2)]
    recordVideo(project(), { blob: video.blob, name: 'room.mp4', mime: 'video/mp4', bytes: 9 })
    const item = makeItem({ images: [frame] })
    insertItems(project(), [item])
    expect(await tidied()).toMatchObject({ summary: { pictures: 0 } })
    await gone(item)
    expect(await tidied()).toMatchObject({ summary: { pictures: 2 } })
    expect([await project().blobs.list(), listVideos(project())]).toEqual([[], []])
  })

  it('go the next time where the program was killed after the project forgot them, or while one was leaving', async () => {
    const killed = createProject(temporaryFolder(), 'killed')
    const [forgotten, leaving] = [await killed.blobs.put(Uint8Array.of(...PNG, 1), 'image/png'), await killed.blobs.put(Uint8Array.of(...PNG, 2), 'image/png')]
    for (const blob of [forgotten, leaving]) await utimes(killed.blobs.path(blob), 0, 1)
    expect(forgetUnused(killed, [forgotten, leaving], Date.now())).toHaveLength(2)
    await rename(killed.blobs.path(leaving), join(killed.blobs.folder, 'tmp', `leaving-${leaving}`))
    killed.close()
    const again = openProject(killed.folder, { mode: 'write' })
    expect(await surveyUnused(again, Date.now())).toEqual({ pictures: 2, bytes: 18, recent: 0 })
    again.close()
  })

  it('wait until no engine works, which may know pictures that no record shows yet, and stay where that is cancelled', async () => {
    const { runner } = test.workshop
    await picture(1)
    const training = newId(JobId)
    runner.submit({ id: training, kind: 'train', title: 'Train', lane: 'engine', runId: null, work: ({ stop }) => new Promise((resolve) => { stop.addEventListener('abort', () => { resolve('stopped') }) }) })
    const { jobId } = startTidy(test.workshop)
    expect(runner.log.get(jobId)).toMatchObject({ kind: 'tidy', status: 'queued' })
    runner.cancel(jobId)
    runner.cancel(training)
    await runner.idle()
    expect(await endOf(jobId)).toEqual({ kind: 'stopped' })
    expect(await project().blobs.list()).toHaveLength(1)
  })

  it('are told from those of earlier versions by the few changes of pictures, not by all changes', () => {
    expect(project().explain(changesOfPictures()).join('\n')).toContain('item_changes_pictures')
  })
})
