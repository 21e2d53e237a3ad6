import { describe, expect, it } from 'vitest'
import { ItemFilter } from '#shared/contract/items.ts'
import type { ItemSelection } from '#shared/contract/itemBulk.ts'
import type { DatasetItem } from '#shared/domain/datasetItem.ts'
import { ItemId } from '#shared/domain/ids.ts'
import { inChunks } from '#main/store/chunks.ts'
import { freezeDataset } from '#main/store/datasetVersions.ts'
import { applyBulk, lastBatch, previewBulk, undoBatch } from '#main/store/itemBulk.ts'
import { countItems, getItem, insertItems, listItemIds, listItems, listTags, listTasks } from '#main/store/items.ts'
import { editItem, itemAt, listChanges } from '#main/store/itemVersions.ts'
import type { ProjectWriter } from '#main/store/project.ts'
import { itemsSharingPictures, setSplits } from '#main/store/splits.ts'
import { deleteForEver, previewDeletion } from '#main/store/trash.ts'
import { countTrajectories, insertTrajectory, listTrajectories } from '#main/store/trajectories.ts'
import { imageRef, makeItem, makeTrajectory, temporaryProject } from './fixtures.ts'

const all: ItemSelection = { kind: 'filter', filter: ItemFilter.parse({}) }
const trash: ItemSelection = { kind: 'filter', filter: ItemFilter.parse({ trashed: true }) }
const some = (...items: DatasetItem[]): ItemSelection => ({ kind: 'ids', ids: items.map(({ id }) => id) })

function withItems(n: number): { project: ProjectWriter; items: DatasetItem[] } {
  const project = temporaryProject()
  const items = Array.from({ length: n }, (_, i) => makeItem({ question: `Question ${i}?`, task: i % 2 === 0 ? 'maze' : 'count', tags: i === 0 ? ['old', 'kept'] : [] }))
  insertItems(project, items)
  return { project, items }
}

describe('a bulk action', () => {
  it('says before what it would do, changes the whole query, and counts only what changed', async () => {
    const { project, items } = withItems(7)
    insertTrajectory(project, makeTrajectory(items[1]?.id ?? ItemId.parse('x')))
    const counts: ItemSelection = { kind: 'filter', filter: ItemFilter.parse({ task: 'count' }) }
    const action = { kind: 'split' as const, split: 'test' as const }
    expect(await previewBulk(project, counts, action)).toMatchObject({ items: 3, changed: 3, paths: 1, examples: [{ id: items[1]?.id }, { id: items[3]?.id }, { id: items[5]?.id }] })
    expect(await applyBulk(project, counts, action, 'ann')).toMatchObject({ changed: 3, author: 'ann', action })
    expect(listItemIds(project, { split: 'test' })).toEqual([items[1], items[3], items[5]].map((item) => item?.id))
    expect(await previewBulk(project, counts, action)).toMatchObject({ items: 3, changed: 0, examples: [] })
    expect(listChanges(project, items[1]?.id ?? ItemId.parse('x'))).toMatchObject([{ version: 2, kind: 'bulk', author: 'ann', diff: { split: ['train', 'test'] } }])
  })

  it('adds and removes tags and sets tasks, of items and of their paths', async () => {
    const { project, items } = withItems(3)
    const [first, second] = items as [DatasetItem, DatasetItem]
    insertTrajectory(project, makeTrajectory(first.id))
    await applyBulk(project, all, { kind: 'addTag', tag: 'old' }, 'ann')
    await applyBulk(project, some(first), { kind: 'removeTag', tag: 'old' }, 'ann')
    expect(getItem(project, first.id).tags).toEqual(['kept'])
    expect(getItem(project, second.id).tags).toEqual(['old'])
    expect(listTags(project)).toEqual([{ tag: 'kept', items: 1 }, { tag: 'old', items: 2 }])
    await applyBulk(project, some(first), { kind: 'task', task: 'route' }, 'ann')
    expect(listTrajectories(project, { task: 'route' }).total).toBe(1)
    expect(itemAt(project, first.id, 1)).toEqual(first)
    expect(listChanges(project, first.id).map(({ diff }) => diff)).toEqual([{ task: ['maze', 'route'] }, { tags: [['old', 'kept'], ['kept']] }])
  })

  it('is taken back as a whole, except where somebody went on', async () => {
    const { project, items } = withItems(5)
    const [first, second] = items as [DatasetItem, DatasetItem]
    const tagged = await applyBulk(project, all, { kind: 'addTag', tag: 'new' }, 'ann')
    editItem(project, second.id, { question: 'Mine now?' }, { author: 'bo', baseVersion: 2 })
    expect(lastBatch(project)).toEqual(tagged)
    expect(await undoBatch(project, tagged.id, 'ann')).toEqual({ undone: 4, left: 1 })
    expect(getItem(project, first.id)).toEqual({ ...first, version: 3 })
    expect(getItem(project, second.id)).toMatchObject({ tags: ['new'], question: 'Mine now?', version: 3 })
    expect(listChanges(project, first.id)[0]).toMatchObject({ kind: 'undo', restored: 1, diff: { tags: [['old', 'kept', 'new'], ['old', 'kept']] } })
    expect(itemAt(project, first.id, 2).tags).toEqual(['old', 'kept', 'new'])
    expect(lastBatch(project)).toBeNull()
    await expect(undoBatch(project, 'nothing', 'ann')).rejects.toMatchObject({ code: 'not_found' })
  })

  it('lets others read and write between its transactions, and keeps what it did when stopped', async () => {
    const { project } = withItems(400)
    const stop = new AbortController()
    const work = applyBulk(project, all, { kind: 'split', split: 'validation' }, 'ann', { signal: stop.signal })
    const between = countItems(project, { split: 'validation' })
    stop.abort()
    await expect(work).rejects.toBe(stop.signal.reason)
    expect(between).toBeGreaterThan(0)
    expect(between).toBeLessThan(400)
    const batch = lastBatch(project)
    expect(batch?.changed).toBe(between)
    expect(await undoBatch(project, batch?.id ?? '', 'ann')).toEqual({ undone: between, left: 0 })
    expect(countItems(project, { split: 'train' })).toBe(400)
  })

  it('tells how far it is, and an undo that is stopped goes on with the rest', async () => {
    const { project, items } = withItems(400)
    const told: [number, number][] = []
    const { id } = await applyBulk(project, all, { kind: 'split', split: 'test' }, 'ann', { onProgress: (done, total) => { told.push([done, total]) } })
    expect([told[0], told.at(-1)]).toEqual([[100, 400], [400, 400]])
    editItem(project, items[399]?.id ?? ItemId.parse('x'), { question: 'Mine?' }, { author: 'bo', baseVersion: 2 })
    const stop = new AbortController()
    await expect(undoBatch(project, id, 'ann', { signal: stop.signal, onProgress: () => { stop.abort() } })).rejects.toBe(stop.signal.reason)
    expect(lastBatch(project)).toMatchObject({ id, changed: 300 })
    expect(await undoBatch(project, id, 'ann')).toEqual({ undone: 299, left: 1 })
    expect([countItems(project, { split: 'train' }), lastBatch(project)]).toEqual([399, null])
  })

  it('works through every key once, a hundred first', async () => {
    const { project } = withItems(0)
    const keys = Array.from({ length: 1234 }, (_, i) => i)
    const chunks: number[][] = []
    await inChunks(project, keys, (chunk) => { chunks.push([...chunk]) })
    expect(chunks.flat()).toEqual(keys)
    expect(chunks[0]).toHaveLength(100)
  })

  it('of an import that joins pictures is part of the history too', () => {
    const { project, items } = withItems(2)
    setSplits(project, itemsSharingPictures(project, [imageRef(1).blob]).map(({ key }) => key), 'test')
    expect(listChanges(project, items[0]?.id ?? ItemId.parse('x'))).toMatchObject([{ author: 'import', diff: { split: ['train', 'test'] } }])
  })
})

describe('the trash', () => {
  it('hides items and their paths from every list and count, and gives them back', async () => {
    const { project, items } = withItems(3)
    const [first] = items as [DatasetItem]
    insertTrajectory(project, makeTrajectory(first.id))
    const thrown = await applyBulk(project, some(first), { kind: 'trash' }, 'ann')
    expect([countItems(project), countItems(project, { task: 'maze' }), listItems(project).total, listItemIds(project, { split: 'train' }).length]).toEqual([2, 1, 2, 2])
    expect([countItems(project, { text: 'Question 0' }), countItems(project, { tag: 'old' }), countItems(project, { tag: 'old', trashed: true })]).toEqual([0, 0, 1])
    expect([listTags(project), listTasks(project)]).toEqual([[], ['count', 'maze']])
    expect([countTrajectories(project), listTrajectories(project, { itemId: first.id, newestOnly: true }).rows]).toEqual([0, []])
    expect(listItems(project, { trashed: true }).rows.map(({ id }) => id)).toEqual([first.id])
    expect(() => editItem(project, first.id, { answer: 'B' }, { author: 'ann', baseVersion: 2 })).toThrow(expect.objectContaining({ code: 'conflict' }))
    expect(() => freezeDataset(project, { name: 'x', itemIds: [first.id] })).toThrow(expect.objectContaining({ code: 'conflict' }))
    expect(freezeDataset(project, { name: 'rest' }).itemCount).toBe(2)
    expect(insertItems(project, [makeItem({ question: first.question })]).duplicates).toHaveLength(1)
    expect(await undoBatch(project, thrown.id, 'ann')).toEqual({ undone: 1, left: 0 })
    expect([countItems(project), countTrajectories(project)]).toEqual([3, 1])
    expect(getItem(project, first.id)).toEqual({ ...first, version: 3 })
  })

  it('gives up only what lies in it, with its paths, and never what a run learned from', async () => {
    const { project, items } = withItems(4)
    const [first, second, third, fourth] = items as [DatasetItem, DatasetItem, DatasetItem, DatasetItem]
    const path = makeTrajectory(first.id)
    insertTrajectory(project, path)
    insertTrajectory(project, makeTrajectory(first.id, { parentId: path.id }))
    freezeDataset(project, { name: 'grpo 1', itemIds: [second.id] })
    await applyBulk(project, some(first, second, third), { kind: 'trash' }, 'ann')
    const kept = { count: 1, examples: [{ id: second.id, question: second.question, versions: ['grpo 1'] }] }
    expect(previewDeletion(project, trash)).toEqual({ items: 2, paths: 2, kept })
    expect(await deleteForEver(project, some(first, second, fourth))).toEqual({ items: 1, paths: 2, kept })
    expect(listItems(project, { trashed: true }).rows.map(({ id }) => id)).toEqual([second.id, third.id])
    expect(countItems(project)).toBe(1)
    expect(() => getItem(project, first.id)).toThrow(expect.objectContaining({ code: 'not_found' }))
    expect(insertItems(project, [makeItem({ question: first.question })]).inserted).toHaveLength(1)
  })
})
