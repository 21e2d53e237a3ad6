import { describe, expect, it } from 'vitest'
import type { OpenedItem } from '#shared/contract/itemEdits.ts'
import type { ItemChange } from '#shared/domain/itemChange.ts'
import { itemIssues, newIssues } from '#shared/domain/itemFields.ts'
import { addOption, answerNaming, moveOption, removeOption, rightOption } from '../../src/renderer/pages/data/answerOptions.ts'
import { type ItemDraft, ItemSaver, storable } from '../../src/renderer/pages/data/itemSaver.ts'
import { undoSteps } from '../../src/renderer/pages/data/itemUndo.ts'
import { imageRef, makeItem } from '../store/fixtures.ts'

const item = { ...makeItem(), version: 1 }
const codes = (change: ItemDraft) => itemIssues({ ...item, ...change }).map(({ field, code }) => `${field} ${code}`)

describe('what is wrong with an item', () => {
  it.each<[string, ItemDraft, string[]]>([
    ['nothing', {}, []],
    ['an empty question and task', { question: ' ', task: '' }, ['question questionEmpty', 'task taskEmpty']],
    ['options that are empty, twice or alone', { options: ['x', 'x', ''], answer: 'A' }, ['options optionEmpty', 'options optionTwice']],
    ['one option only', { options: ['A. left'] }, ['options optionsFew']],
    ['a letter beyond the options', { answer: 'C' }, ['answer answerNoOption']],
    ['words that are no option', { answer: 'perhaps' }, ['answer answerNoOption']],
    ['no options but a letter', { options: null, answer: 'C' }, []],
    ['a number in words', { questionType: 'numerical', options: null, answer: 'three' }, ['answer answerNoNumber']],
    ['a number with a unit', { questionType: 'regression', options: null, answer: '1,200.5 m' }, []],
    ['a motion nobody can read', { questionType: 'vci', answer: 'to the left' }, ['answer answerNoMotion']],
    ['a motion', { questionType: 'vci', answer: 'move_left:2,move_up:1' }, []],
    ['no answer at all', { questionType: 'freeForm', answer: '' }, ['answer answerEmpty']],
    ['no picture', { images: [] }, ['images noPicture']],
    ['views of which there is one', { dataType: 'multiView' }, ['images morePicturesWanted']],
    ['one image of which there are two', { images: [imageRef(1), imageRef(2)] }, ['images onePictureWanted']],
    ['tags that are empty, long or twice', { tags: ['', 'a', 'a', 'b'.repeat(81)] }, ['tags tagEmpty', 'tags tagLong', 'tags tagTwice']]
  ])('%s', (_name, change, expected) => {
    expect(codes(change)).toEqual(expected)
  })

  it('is new only where it was right before', () => {
    const broken = { ...item, answer: 'perhaps' }
    expect(newIssues(broken, { ...broken, tags: ['a'] })).toEqual([])
    expect(newIssues(item, broken).map(({ code }) => code)).toEqual(['answerNoOption'])
  })
})

describe('what can be stored of a draft', () => {
  it('is all but the fields that depend on what is wrong', () => {
    expect(storable(item, { questionType: 'numerical', tags: ['a'] })).toEqual({ tags: ['a'] })
    expect(storable(item, { questionType: 'numerical', answer: '4', tags: ['a'] })).toEqual({ questionType: 'numerical', answer: '4', tags: ['a'] })
    expect(storable(item, { question: '' })).toEqual({})
  })
})

describe('options', () => {
  const worded = { options: ['A. left', 'B. right', 'C. above'], answer: 'B' }
  it('keep their letters in place while the answer follows its option', () => {
    expect(moveOption(worded, 1, 0)).toEqual({ options: ['A. right', 'B. left', 'C. above'], answer: 'A' })
    expect(removeOption(worded, 0)).toEqual({ options: ['A. right', 'B. above'], answer: 'A' })
    expect(removeOption(worded, 1)).toEqual({ options: ['A. left', 'B. above'], answer: 'B' })
    expect(addOption(worded)).toEqual({ options: [...worded.options, 'D. '], answer: 'B' })
    expect(moveOption({ options: ['cat', 'dog'], answer: 'dog' }, 1, 0)).toEqual({ options: ['dog', 'cat'], answer: 'dog' })
    expect(moveOption({ options: ['cat', 'dog'], answer: 'B' }, 0, 1)).toEqual({ options: ['dog', 'cat'], answer: 'A' })
    expect(moveOption({ options: ['P', 'Q'], answer: 'Q' }, 1, 0)).toEqual({ options: ['Q', 'P'], answer: 'Q' })
  })

  it('are named by the answer as the answer that stands does', () => {
    expect([rightOption(worded.options, 'B'), rightOption(worded.options, 'above'), rightOption(['cat', 'dog'], 'E')]).toEqual([1, 2, -1])
    expect(answerNaming(worded.options, 2, 'B')).toBe('C')
    expect(answerNaming(['cat', 'dog'], 1, 'cat')).toBe('dog')
    expect(answerNaming(['cat', 'dog'], 1, '')).toBe('B')
  })
})

describe('undo along a history', () => {
  const history = (...kinds: (ItemChange['kind'] | [ItemChange['kind'], number])[]): ItemChange[] => kinds.map((entry, i) => {
    const [kind, restored] = typeof entry === 'string' ? [entry, null] : entry
    return { version: i + 2, at: '', author: 'ann', kind, restored, diff: {} }
  }).reverse()
  it.each<[string, ItemChange[], { undo: number | null; redo: number | null }]>([
    ['nothing yet', [], { undo: null, redo: null }],
    ['two edits', history('edit', 'edit'), { undo: 2, redo: null }],
    ['one of them undone', history('edit', 'edit', ['undo', 2]), { undo: 1, redo: 3 }],
    ['both undone', history('edit', 'edit', ['undo', 2], ['undo', 1]), { undo: null, redo: 2 }],
    ['one redone', history('edit', 'edit', ['undo', 2], ['undo', 1], ['redo', 2]), { undo: 1, redo: 3 }],
    ['an edit after an undo', history('edit', ['undo', 1], 'edit'), { undo: 3, redo: null }],
    ['and undone to the undo', history('edit', ['undo', 1], 'edit', ['undo', 3]), { undo: null, redo: 4 }],
    ['a restore is an edit', history('edit', 'edit', ['restore', 1]), { undo: 3, redo: null }],
    ['an old history that was cut off', history('edit', 'edit', 'edit').slice(0, 1), { undo: 3, redo: null }]
  ])('%s', (_name, changes, expected) => {
    expect(undoSteps((changes[0]?.version ?? 1), changes)).toEqual(expected)
  })
})

describe('storing edits', () => {
  const opened = (change: ItemDraft = {}, version = 1): OpenedItem => ({
    item: { ...item, ...change, version }, trashed: false, changes: [], paths: { all: 0, outdated: 0, rescorable: 0 }, drawnOn: [0], sharing: [], frozenIn: []
  })

  it('sends one edit after the other on the version there is then, and only what is right', async () => {
    const sent: [number, ItemDraft][] = []
    const saver: ItemSaver = new ItemSaver(opened(), async (version, fields) => {
      sent.push([version, fields])
      return { conflicts: [], opened: opened({ ...saver.opened.item, ...fields }, version + 1) }
    }, () => undefined)
    saver.set({ question: 'Where?' })
    const first = saver.flush()
    saver.set({ question: 'Where now?', answer: 'perhaps' })
    await first
    expect(sent).toEqual([[1, { question: 'Where?' }], [2, { question: 'Where now?' }]])
    expect(saver).toMatchObject({ status: 'waiting', draft: { answer: 'perhaps' }, dirty: true })
    expect(saver.blocked).toBe(true)
    saver.set({ answer: 'B' })
    expect(saver.blocked).toBe(false)
    await saver.flush()
    expect(saver).toMatchObject({ status: 'saved', dirty: false, opened: { item: { question: 'Where now?', answer: 'B', version: 4 } } })
    saver.set({ answer: '' })
    expect(saver.discard()).toBe(true)
    expect(saver).toMatchObject({ status: 'saved', dirty: false, item: { answer: 'B' } })
    expect(saver.discard()).toBe(false)
  })

  it('keeps what failed and sends it again', async () => {
    let broken = true
    const saver: ItemSaver = new ItemSaver(opened(), async (_version, fields) => {
      if (broken) throw new Error('away')
      return { conflicts: [], opened: opened(fields, 2) }
    }, () => undefined)
    saver.set({ answer: 'B' })
    await saver.flush()
    expect(saver).toMatchObject({ status: 'failed', draft: { answer: 'B' } })
    broken = false
    await saver.flush()
    expect(saver).toMatchObject({ status: 'saved', dirty: false })
  })

  it('never writes over what somebody else changed while it was being typed', async () => {
    const sent: ItemDraft[] = []
    const saver: ItemSaver = new ItemSaver(opened(), async (version, fields) => {
      sent.push(fields)
      return { conflicts: [], opened: opened({ ...saver.opened.item, ...fields }, version + 1) }
    }, () => undefined)
    saver.set({ question: 'His?', tags: ['his'] })
    const theirs = opened({ question: 'Hers?', answer: 'B' }, 2)
    saver.take({ ...theirs, changes: [{ version: 2, at: '', author: 'ann', kind: 'edit', restored: null, diff: { question: ['Which letter?', 'Hers?'], answer: ['A', 'B'] } }] })
    expect(saver.conflicts).toEqual([{ field: 'question', author: 'ann' }])
    await saver.flush()
    expect(sent).toEqual([])
    saver.take(opened({}, 1))
    expect(saver.opened.item.version).toBe(2)
    await saver.settle([])
    expect(sent).toEqual([{ tags: ['his'] }])
    expect(saver).toMatchObject({ status: 'saved', item: { question: 'Hers?', answer: 'B', tags: ['his'] } })
  })

  it('holds both sides of a conflict until one is chosen for each field', async () => {
    let theirs: ItemDraft | null = { question: 'Hers?', answer: 'B' }
    const saver: ItemSaver = new ItemSaver(opened(), async (version, fields) => {
      if (theirs === null) return { conflicts: [], opened: opened({ ...saver.opened.item, ...fields }, version + 1) }
      const met = theirs
      theirs = null
      return { conflicts: [{ field: 'question', author: 'ann' }, { field: 'answer', author: 'ann' }], opened: opened(met, 2) }
    }, () => undefined)
    saver.set({ question: 'His?', answer: 'A.', tags: ['his'] })
    await saver.flush()
    expect(saver).toMatchObject({ status: 'waiting', draft: { question: 'His?', answer: 'A.' }, opened: { item: { question: 'Hers?' } } })
    saver.set({ tags: ['his', 'own'] })
    await saver.flush()
    expect(saver.conflicts).toHaveLength(2)
    await saver.settle(['question'])
    expect(saver).toMatchObject({ status: 'saved', conflicts: [], opened: { item: { question: 'His?', answer: 'B', tags: ['his', 'own'], version: 3 } } })
  })
})
