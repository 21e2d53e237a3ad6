import { describe, expect, it } from 'vitest'
import { ItemId, newId } from '#shared/domain/ids.ts'
import { countItems, getItem, insertItems, itemsQuery, listItemIds, listItems, listTasks, syntheticProgress } from '#main/store/items.ts'
import { imageRef, makeItem, temporaryProject } from './fixtures.ts'

describe('items', () => {
  it('come back exactly, with every kind of picture, truth and origin', () => {
    const project = temporaryProject()
    const item = makeItem({
      images: [
        imageRef(1), imageRef(2, { kind: 'frame', video: 'a.mp4', seconds: 1.25, decoder: 'FFmpeg 8' }),
        imageRef(3, { kind: 'generated', generator: 'maze' }), imageRef(1), imageRef(4, { kind: 'drawn' })
      ],
      truth: [
        { kind: 'box', imageIndex: 1, box: [0, 1, 2.5, 3], label: '猫', space: 'source' },
        { kind: 'line', imageIndex: 2, start: [9, 8], end: [7, 6], label: '', space: 'perMille' }
      ],
      tags: ['a', 'b'], origin: { kind: 'synthetic', generator: 'maze', seed: 4, index: 0 }, options: null
    })
    insertItems(project, [item])
    expect(getItem(project, item.id)).toEqual(item)
  })

  it('are left out when question, options, answer and pictures are there already', () => {
    const project = temporaryProject()
    const item = makeItem()
    const again = makeItem({ task: 'other', split: 'test' })
    const otherPicture = makeItem({ images: [imageRef(9)] })
    expect(insertItems(project, [item, again, otherPicture])).toEqual({ inserted: [item.id, otherPicture.id], duplicates: [{ index: 1, existing: item.id }] })
    expect(insertItems(project, [again]).inserted).toEqual([])
    expect(countItems(project)).toBe(2)
  })

  it('go in all together or not at all', () => {
    const project = temporaryProject()
    const item = makeItem()
    const sameId = makeItem({ id: item.id, question: 'Another?' })
    expect(() => insertItems(project, [item, sameId])).toThrow(expect.objectContaining({ code: 'conflict' }))
    expect(countItems(project)).toBe(0)
  })

  it('page through every row once, also when rows arrive meanwhile', () => {
    const project = temporaryProject()
    const items = Array.from({ length: 7 }, (_, i) => makeItem({ question: `Question ${i}?` }))
    insertItems(project, items)
    const first = listItems(project, {}, { limit: 3 })
    insertItems(project, [makeItem({ question: 'Late?' })])
    const second = listItems(project, {}, { limit: 3, cursor: first.next })
    const third = listItems(project, {}, { limit: 3, cursor: second.next })
    expect([first, second, third].flatMap(({ rows }) => rows.map(({ question }) => question))).toEqual([...items.map(({ question }) => question), 'Late?'])
    expect([first.total, second.total, third.next]).toEqual([7, 8, null])
    expect(() => listItems(project, {}, { cursor: '1; DROP' })).toThrow(expect.objectContaining({ code: 'bad_input' }))
  })

  it('filter by each column and by text taken literally', () => {
    const project = temporaryProject()
    const maze = makeItem({ question: 'Is it 100% sure?' })
    const count = makeItem({ task: 'count', split: 'test', questionType: 'numerical', dataType: 'multiView', question: 'How many_cups?', answer: '3' })
    insertItems(project, [maze, count])
    const ids = (filter: Parameters<typeof listItemIds>[1]): ItemId[] => listItemIds(project, filter)
    expect(ids({ task: 'count' })).toEqual([count.id])
    expect(ids({ split: 'train' })).toEqual([maze.id])
    expect(ids({ questionType: 'numerical', dataType: 'multiView' })).toEqual([count.id])
    expect(ids({ text: '%' })).toEqual([maze.id])
    expect(ids({ text: 'MANY_' })).toEqual([count.id])
    expect(ids({ text: '_' })).toEqual([count.id])
    expect(ids({ text: '100% "sure' })).toEqual([])
    expect(ids({ text: '100% sure?' })).toEqual([maze.id])
    expect(ids({ text: 'y_c', task: 'count' })).toEqual([count.id])
    expect(ids({ text: '', task: null, split: null, dataType: null, questionType: null })).toHaveLength(2)
    expect(listTasks(project)).toEqual(['count', 'maze'])
    expect(listItems(project, { task: 'count' }).rows[0]).toMatchObject({ id: count.id, imageCount: 1, trajectoryCount: 0, thumbnail: count.images[0] })
  })

  it('never scan a table for a filter or a page', () => {
    const project = temporaryProject()
    const filters = [{ task: 'maze' }, { split: 'test' as const }, { task: 'maze', split: 'test' as const }, { questionType: 'vci' as const }, { dataType: 'video' as const }]
    for (const filter of filters) {
      expect(project.explain(itemsQuery(filter, null)).join('\n')).not.toMatch(/SCAN (?!CORRELATED)/)
      expect(project.explain(itemsQuery(filter, 5)).join('\n')).not.toMatch(/SCAN|TEMP B-TREE/)
    }
    expect(project.explain(itemsQuery({}, 5)).join('\n')).not.toMatch(/SCAN|TEMP B-TREE/)
  })

  it('say how far a generator has come', () => {
    const project = temporaryProject()
    expect(syntheticProgress(project, 'maze', 1, 'train')).toEqual({ lastIndex: -1, inSplit: 0 })
    const origin = (seed: number, index: number) => ({ kind: 'synthetic' as const, generator: 'maze', seed, index })
    insertItems(project, [makeItem({ origin: origin(1, 0) }), makeItem({ question: 'b?', origin: origin(1, 7), split: 'test' }), makeItem({ question: 'c?', origin: origin(2, 9) })])
    expect(syntheticProgress(project, 'maze', 1, 'train')).toEqual({ lastIndex: 7, inSplit: 1 })
  })

  it('are not found under an unknown id', () => {
    expect(() => getItem(temporaryProject(), newId(ItemId))).toThrow(expect.objectContaining({ code: 'not_found' }))
  })
})
