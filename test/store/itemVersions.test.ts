import { describe, expect, it } from 'vitest'
import type { DatasetItem } from '#shared/domain/datasetItem.ts'
import { datasetMembers, freezeDataset, frozenItemVersions } from '#main/store/datasetVersions.ts'
import { findItemByContent, contentHash, getItem, insertItems, listItems, listTags } from '#main/store/items.ts'
import { contentChangedSince, editItem, itemAt, listChanges, restoreItem } from '#main/store/itemVersions.ts'
import { mediaKey } from '#main/store/media.ts'
import type { ProjectWriter } from '#main/store/project.ts'
import { AT, imageRef, makeItem, temporaryProject } from './fixtures.ts'

const NOW = new Date(AT)

function withItem(change: Partial<DatasetItem> = {}): { project: ProjectWriter; item: DatasetItem } {
  const project = temporaryProject()
  const item = makeItem(change)
  insertItems(project, [item])
  return { project, item }
}

describe('an edited item', () => {
  it('keeps every version: who changed what, and how it read before', () => {
    const { project, item } = withItem({ truth: [{ kind: 'box', imageIndex: 1, box: [1, 2, 3, 4], label: 'cup', space: 'source' }] })
    expect(editItem(project, item.id, { question: 'Which word?', tags: ['hard'] }, { author: 'ann', baseVersion: 1 }, NOW)).toEqual({ conflicts: [] })
    editItem(project, item.id, { answer: 'B' }, { author: 'bo', baseVersion: 2 }, NOW)
    expect(getItem(project, item.id)).toEqual({ ...item, question: 'Which word?', tags: ['hard'], answer: 'B', version: 3 })
    expect(itemAt(project, item.id, 2)).toEqual({ ...item, question: 'Which word?', tags: ['hard'], version: 2 })
    expect(itemAt(project, item.id, 1)).toEqual(item)
    expect(listChanges(project, item.id)).toEqual([
      { version: 3, at: AT, author: 'bo', kind: 'edit', restored: null, diff: { answer: ['A', 'B'] } },
      { version: 2, at: AT, author: 'ann', kind: 'edit', restored: null, diff: { question: ['Which letter?', 'Which word?'], tags: [[], ['hard']] } }
    ])
    expect(listItems(project, { text: 'word', tag: 'hard' }).rows.map(({ id }) => id)).toEqual([item.id])
    expect(listTags(project)).toEqual([{ tag: 'hard', items: 1 }])
    expect(findItemByContent(project, contentHash({ ...item, question: 'Which word?', answer: 'B' }))).toBe(item.id)
    expect(findItemByContent(project, contentHash(item))).toBeUndefined()
  })

  it('is written only where something changed', () => {
    const { project, item } = withItem()
    editItem(project, item.id, { question: item.question, split: item.split }, { author: 'ann', baseVersion: 1 })
    expect(listChanges(project, item.id)).toEqual([])
  })

  it('is restored by a version of its own, and its paths find their question again', () => {
    const { project, item } = withItem()
    editItem(project, item.id, { question: 'Which word?' }, { author: 'ann', baseVersion: 1 })
    editItem(project, item.id, { split: 'test' }, { author: 'ann', baseVersion: 2 })
    expect(contentChangedSince(project, item.id, 1)).toEqual(['question'])
    expect(contentChangedSince(project, item.id, 2)).toEqual([])
    restoreItem(project, item.id, 1, 'restore', { author: 'bo', baseVersion: 3 })
    expect(getItem(project, item.id)).toEqual({ ...item, version: 4 })
    expect(listChanges(project, item.id)[0]).toMatchObject({ version: 4, kind: 'restore', restored: 1, author: 'bo' })
    expect(contentChangedSince(project, item.id, 1)).toEqual([])
    expect(() => restoreItem(project, item.id, 2, 'undo', { author: 'bo', baseVersion: 3 })).toThrow(expect.objectContaining({ code: 'conflict' }))
    expect(() => restoreItem(project, item.id, 9, 'undo', { author: 'bo', baseVersion: 4 })).toThrow(expect.objectContaining({ code: 'not_found' }))
  })

  it('takes its ground truth along when pictures move, and gives it up with them', () => {
    const images = [imageRef(1), imageRef(2), imageRef(1)]
    const shape = (imageIndex: number) => ({ kind: 'box' as const, imageIndex, box: [1, 2, 3, 4] as [number, number, number, number], label: `${imageIndex}`, space: 'source' as const })
    const { project, item } = withItem({ dataType: 'multiView', images, truth: [shape(1), shape(2), shape(3)] })
    mediaKey(project, imageRef(5))
    editItem(project, item.id, { images: [imageRef(5), imageRef(2), imageRef(1)] }, { author: 'ann', baseVersion: 1 })
    expect(getItem(project, item.id).truth).toEqual([{ ...shape(1), imageIndex: 3 }, shape(2)])
    expect(itemAt(project, item.id, 1).truth).toEqual(item.truth)
    restoreItem(project, item.id, 1, 'undo', { author: 'ann', baseVersion: 2 })
    expect(getItem(project, item.id)).toEqual({ ...item, version: 3 })
  })

  it('refuses pictures the project does not hold and believes its own record of their size', () => {
    const { project, item } = withItem()
    const edit = (images: DatasetItem['images']) => editItem(project, item.id, { images }, { author: 'ann', baseVersion: 1 })
    expect(() => edit([imageRef(8)])).toThrow(expect.objectContaining({ code: 'not_found' }))
    mediaKey(project, imageRef(8))
    edit([{ ...imageRef(8), width: 9999 }])
    expect(getItem(project, item.id).images).toEqual([imageRef(8)])
  })

  it('refuses what would break it, and lets one that was broken before be mended bit by bit', () => {
    const { project, item } = withItem({ questionType: 'numerical', options: null, answer: 'a few' })
    expect(() => editItem(project, item.id, { question: ' ' }, { author: 'ann', baseVersion: 1 })).toThrow(expect.objectContaining({ code: 'bad_input', where: 'question: questionEmpty' }))
    expect(() => editItem(project, item.id, { images: [] }, { author: 'ann', baseVersion: 1 })).toThrow(expect.objectContaining({ code: 'bad_input' }))
    editItem(project, item.id, { tags: ['check'] }, { author: 'ann', baseVersion: 1 })
    editItem(project, item.id, { answer: '3' }, { author: 'ann', baseVersion: 2 })
    expect(() => editItem(project, item.id, { answer: 'a few' }, { author: 'ann', baseVersion: 3 })).toThrow(expect.objectContaining({ code: 'bad_input' }))
  })

  it('refuses to become a second copy of another question, also by a restore', () => {
    const project = temporaryProject()
    const [first, second] = [makeItem(), makeItem({ question: 'Where?' })] as const
    insertItems(project, [first, second])
    expect(() => editItem(project, second.id, { question: first.question }, { author: 'ann', baseVersion: 1 })).toThrow(expect.objectContaining({ code: 'conflict', where: first.id }))
    editItem(project, first.id, { question: 'When?' }, { author: 'ann', baseVersion: 1 })
    editItem(project, second.id, { question: 'Which letter?' }, { author: 'ann', baseVersion: 1 })
    expect(() => restoreItem(project, first.id, 1, 'restore', { author: 'ann', baseVersion: 2 })).toThrow(expect.objectContaining({ code: 'conflict', where: second.id }))
  })
})

describe('two people on one item', () => {
  it('keep both edits of different fields, and are told where they met', () => {
    const { project, item } = withItem()
    editItem(project, item.id, { question: 'Hers?', split: 'test' }, { author: 'ann', baseVersion: 1 })
    expect(editItem(project, item.id, { tags: ['his'] }, { author: 'bo', baseVersion: 1 })).toEqual({ conflicts: [] })
    expect(getItem(project, item.id)).toMatchObject({ question: 'Hers?', tags: ['his'], version: 3 })
    expect(editItem(project, item.id, { question: 'His?', answer: 'B' }, { author: 'bo', baseVersion: 1 })).toEqual({ conflicts: [{ field: 'question', author: 'ann' }] })
    expect(editItem(project, item.id, { split: 'test' }, { author: 'bo', baseVersion: 1 })).toEqual({ conflicts: [] })
    expect(getItem(project, item.id)).toMatchObject({ question: 'Hers?', answer: 'A', version: 3 })
    editItem(project, item.id, { question: 'His?' }, { author: 'bo', baseVersion: 3 })
    expect(getItem(project, item.id).question).toBe('His?')
  })
})

describe('frozen data', () => {
  it('keeps the version it was frozen with, and its hash tells versions apart', () => {
    const { project, item } = withItem()
    const first = freezeDataset(project, { name: 'first' })
    editItem(project, item.id, { answer: 'B' }, { author: 'ann', baseVersion: 1 })
    const second = freezeDataset(project, { name: 'second' })
    editItem(project, item.id, { answer: 'A' }, { author: 'ann', baseVersion: 2 })
    expect([first, second].map(({ id }) => frozenItemVersions(project, id).get(item.id))).toEqual([1, 2])
    expect([...datasetMembers(project, first.id).keys()]).toEqual([item.id])
    expect(itemAt(project, item.id, 2).answer).toBe('B')
    expect(second.hash).not.toBe(first.hash)
  })
})
