// Items are edited, restored, changed in bulk, thrown away and deleted, with a real mouse and real keys, and by two windows at once.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { decodeImage } from '#main/image/codec.ts'
import { freezeDataset } from '#main/store/datasetVersions.ts'
import { insertItems, listItemIds } from '#main/store/items.ts'
import type { DatasetItem } from '#shared/domain/datasetItem.ts'
import { ItemId, newId } from '#shared/domain/ids.ts'
import { complaintsEverywhere, complaintsOf } from './axe.ts'
import { type OpenedStudio, openedStudio } from './openedStudio.ts'
import { ItemsPage } from './pages/itemsPage.ts'
import { insertPath, line } from './reviewProject.ts'

const PHOTOS = join(import.meta.dirname, '..', 'fixtures', 'real', 'images')
let opened: OpenedStudio
let items: ItemsPage
let photo: DatasetItem

beforeAll(async () => {
  opened = await openedStudio()
  const { project } = opened.studio.workshop
  const bytes = readFileSync(join(PHOTOS, 'leuvenA.jpg'))
  const { width, height } = await decodeImage(bytes, 'leuvenA.jpg')
  const image = { blob: await project.blobs.put(bytes, 'image/jpeg'), width, height, mime: 'image/jpeg' as const, origin: { kind: 'file' as const, name: 'leuvenA.jpg' } }
  const item = (question: string, line: number): DatasetItem => ({
    id: newId(ItemId), task: 'photographs', split: 'train', dataType: 'image', questionType: 'multipleChoice', question, options: ['A. left', 'B. right'], answer: 'A',
    images: [image], truth: [], tags: [], origin: { kind: 'import', file: 'photographs.jsonl', line }, createdAt: new Date().toISOString()
  })
  const all = ['Is the car left or right of the tower?', 'Is the tower left or right of the car?', 'Is the street left of the car?', 'Where is the sky?', 'Where is the roof?', 'Where is the door?'].map((question, i) => item(question, i + 1))
  insertItems(project, all)
  photo = all[0] as DatasetItem
  await insertPath(project, photo, [[line(1, 'street', [400, 560, 520, 380])]])
  items = new ItemsPage(opened.page)
  await items.open(opened.url)
  await items.waitForTotal(6)
})
afterAll(async () => await opened?.close())

describe('an item', () => {
  it('is edited field by field, checked as one types, and stored without a button', async () => {
    await items.openItem(0)
    await items.write('item-question', 'On which side of the tower is the car?')
    await items.waitForVersion(2)
    await items.at('add-option').click()
    await opened.page.keyboard.type('above')
    expect(await items.options()).toEqual(['A. left', 'B. right', 'C. above'])
    await items.waitForVersion(3)
    await opened.page.keyboard.press('Alt+ArrowUp')
    await items.waitForVersion(4)
    expect(await items.options()).toEqual(['A. left', 'B. above', 'C. right'])
    await items.at('option').nth(2).locator('input[type=radio]').check()
    await items.waitForVersion(5)
    expect(await items.at('item-answer').inputValue()).toBe('C')
    await items.at('add-tag').fill('checked')
    await opened.page.keyboard.press('Enter')
    await items.choose('edit-split', 'test')
    await items.waitForVersion(7)
    await items.write('edit-task', 'sides')
    await items.waitForVersion(8)
    await items.saved()
  })

  it('says in words what is wrong, keeps it unsaved, and stores the rest', async () => {
    await items.choose('edit-question-type', 'number')
    expect(await items.issue('answer')).toMatch(/^The answer holds no number/)
    await items.at('status-saved').and(opened.page.locator('[data-status=failed]')).waitFor()
    await items.at('add-tag').fill('doubtful')
    await opened.page.keyboard.press('Enter')
    await items.waitForVersion(9)
    await items.write('item-answer', '12 metres')
    await items.waitForVersion(10)
    await items.saved()
    await items.write('item-question', ' ')
    expect(await items.issue('question')).toMatch(/^The question is empty/)
    await items.at('item-detail').locator('h2').first().click()
    await opened.page.keyboard.press('ControlOrMeta+z')
    expect(await items.at('item-question').inputValue()).toBe('On which side of the tower is the car?')
    await items.saved()
  })

  it('is undone and redone by keys, also after a reload', async () => {
    await opened.page.keyboard.press('ControlOrMeta+z')
    await items.waitForVersion(11)
    expect(await items.at('item-answer').inputValue()).toBe('C')
    await opened.page.reload()
    await items.waitForVersion(11)
    await items.at('item-detail').locator('h2').first().click()
    await opened.page.keyboard.press('ControlOrMeta+Shift+z')
    await items.waitForVersion(12)
    expect(await items.at('item-answer').inputValue()).toBe('12 metres')
  })

  it('takes pictures, moves them, and warns before one goes that paths draw on', async () => {
    await items.restoreVersion(1)
    await items.waitForVersion(13)
    expect(await items.at('item-question').inputValue()).toBe('Is the car left or right of the tower?')
    await items.at('remove-picture').click()
    expect(await items.at('picture-doubt').textContent()).toMatch(/1 path draws on picture 1/)
    await items.at('picture-keep').click()
    await items.at('picture-files').setInputFiles([join(PHOTOS, 'leuvenB.jpg')])
    await items.at('item-frame').nth(1).waitFor()
    expect(await items.issue('images')).toMatch(/kind is “one image”/)
    await items.choose('edit-data-type', 'several views')
    await items.waitForVersion(14)
    expect(await items.at('picture-name').textContent()).toContain('leuvenB.jpg')
    await items.at('picture-earlier').click()
    await items.waitForVersion(15)
    expect(await items.at('item-outdated').textContent()).toMatch(/1 path answers an earlier version/)
    await items.openHistory()
    expect(await items.historyOf(14).textContent()).toMatch(/Images1 picture → 2 pictures/)
  })

  it('is shown to a path of before as that path knows it', async () => {
    await items.at('item-path').first().click()
    await opened.page.getByTestId('path-outdated').waitFor()
    expect(await opened.page.getByTestId('path-outdated').textContent()).toMatch(/Edited since this path was made: Images/)
    await opened.page.getByTestId('path-outdated').getByRole('link').click()
    await items.restoreVersion(1)
    await items.waitForVersion(16)
    await items.at('item-outdated').waitFor({ state: 'detached' })
    await items.write('item-answer', 'B')
    await items.waitForVersion(17)
    await items.at('item-rescore').click()
    expect(await items.at('item-rescored').textContent()).toBe('Scored again: 1. Left as they are: 0.')
  })
})

describe('two windows', () => {
  it('lose nothing when both edit one item: each field is chosen', async () => {
    await items.row(1).click()
    await items.at('item-question').and(opened.page.locator(':enabled')).waitFor()
    await expect.poll(() => items.at('item-question').inputValue()).toBe('Is the tower left or right of the car?')
    const other = new ItemsPage(await opened.browser.newPage())
    await other.page.goto(opened.page.url())
    await other.waitForVersion(1)
    await items.at('item-question').click()
    await opened.page.keyboard.press('ControlOrMeta+a')
    await opened.page.keyboard.press('Delete')
    await other.write('item-question', 'Theirs?')
    await other.write('item-answer', 'B')
    await other.waitForVersion(3)
    await items.waitForVersion(3)
    expect([await items.at('item-question').inputValue(), await items.at('item-answer').inputValue()]).toEqual(['', 'B'])
    await opened.page.keyboard.type('Mine?')
    await items.at('item-conflict-open').click()
    expect(await items.at('conflict-question').textContent()).toMatch(/Theirs\?.*Mine\?/s)
    await items.at('conflict-question-mine').check()
    await items.at('item-conflict-apply').click()
    await items.waitForVersion(4)
    expect([await items.at('item-question').inputValue(), await items.at('item-answer').inputValue()]).toEqual(['Mine?', 'B'])
    await items.row(1).getByText('Mine?').waitFor()
    await items.openHistory()
    expect(await items.historyOf(4).textContent()).toMatch(/Theirs\?.*Mine\?/s)
    await other.page.close()
  })
})

describe('many items at once', () => {
  it('are changed over the whole query with a preview, and taken back together', async () => {
    await items.tick(1, 3)
    expect(await items.at('bulk-bar').getAttribute('data-count')).toBe('2')
    await items.at('tick-all').click()
    await items.at('bulk-change').click()
    expect(await items.bulk('Set the split', 'test')).toBe(6)
    expect(await items.at('bulk-example').count()).toBe(5)
    expect(await complaintsEverywhere(opened.page)).toEqual({})
    await items.applyBulk()
    expect(await items.at('last-batch').textContent()).toContain('Split set to test: 6 items')
    await items.choose('item-split', 'test')
    await items.waitForTotal(6)
    await items.at('batch-undo').click()
    await items.waitForTotal(0)
    expect(await items.at('batch-undone').textContent()).toBe('Taken back: 6. Changed again since, and left: 0.')
    await opened.page.getByRole('button', { name: 'Clear filters' }).click()
    await items.waitForTotal(6)
  })

  it('are written as records with their pictures: those ticked, else all of the query', async () => {
    const written = async (): Promise<string[]> => {
      await items.at('export-items').click()
      await items.at('job-finished').waitFor()
      const folder = /\S+[\\/]exports[\\/]\S+/.exec(await items.at('job-summary').textContent() ?? '')?.[0] ?? ''
      await items.jobEnd()
      return readFileSync(join(folder, 'vilasr_rl_data.jsonl'), 'utf8').trim().split('\n').map((record) => JSON.parse(record).question as string)
    }
    await items.tick(2, 4)
    expect(await written()).toEqual(['Is the street left of the car?', 'Where is the roof?'])
    await items.at('untick').click()
    await items.search('Where')
    await items.waitForTotal(3)
    expect(await written()).toEqual(['Where is the sky?', 'Where is the roof?', 'Where is the door?'])
    await items.search('')
    await items.waitForTotal(6)
  })

  it('are tagged by keys alone and found again by a saved view', async () => {
    await items.row(2).click()
    await items.at('items').focus()
    await opened.page.keyboard.press('Shift+s')
    await opened.page.keyboard.press('ArrowDown')
    await opened.page.keyboard.press('Shift+s')
    await items.at('bulk-bar').and(opened.page.locator('[data-count="2"]')).waitFor()
    await items.at('bulk-change').click()
    expect(await items.bulk('Add a tag', 'night')).toBe(2)
    await items.applyBulk()
    await items.choose('item-tag', 'night (2)')
    await items.waitForTotal(2)
    await items.at('item-views').click()
    await items.at('item-view-name').fill('Night shots')
    await items.at('item-view-save').click()
    await items.at('item-view').waitFor()
    await opened.page.keyboard.press('Escape')
    await opened.page.reload()
    await items.waitForTotal(6)
    await items.at('item-views').click()
    await items.at('item-view').click()
    await items.waitForTotal(2)
  })
})

describe('the trash', () => {
  it('takes items, gives them back, and lets go of them only in a second step that says what is kept', async () => {
    freezeDataset(opened.studio.workshop.project, { name: 'grpo of Tuesday', itemIds: [photo.id] })
    await opened.page.reload()
    await items.waitForTotal(6)
    await items.openItem(0)
    await items.at('items').focus()
    await opened.page.keyboard.press('Shift+Delete')
    await items.at('item-trashed').waitFor()
    await items.waitForTotal(5)
    await items.at('item-restore').click()
    await items.waitForTotal(6)
    await items.tick(0, 4, 5)
    await items.at('bulk-trash').click()
    expect(await items.bulkPreview()).toBe(3)
    await items.applyBulk()
    await items.waitForTotal(3)
    await items.at('open-trash').click()
    await items.waitForTotal(3)
    await items.openItem(1)
    expect(await items.at('item-question').isDisabled()).toBe(true)
    expect(await complaintsOf(opened.page)).toEqual([])
    await items.at('empty-trash').click()
    await items.at('delete-preview').waitFor()
    expect(await items.at('delete-preview').textContent()).toMatch(/2 items with their histories.*1 item is kept.*grpo of Tuesday/s)
    expect(await complaintsOf(opened.page)).toEqual([])
    await items.at('delete-confirm').click()
    await items.waitForTotal(1)
    expect(await items.at('deleted').textContent()).toBe('Deleted for ever: 2, with 0 paths.')
    expect(listItemIds(opened.studio.workshop.project, { trashed: true })).toEqual([photo.id])
    await items.tick(0)
    await items.at('bulk-restore').click()
    await items.at('trash-empty').waitFor()
    await items.at('close-trash').click()
    await items.waitForTotal(4)
  })

  it('leaves no fault in the page, and an edited item in both themes and languages nothing to complain of', async () => {
    await items.openItem(0)
    await items.openHistory()
    await items.write('item-answer', 'perhaps')
    await items.at('issue-answer').waitFor()
    expect(await complaintsEverywhere(opened.page)).toEqual({})
    expect(opened.faults).toEqual([])
  })
})

describe('items over the same pictures', () => {
  beforeAll(async () => {
    const { project } = opened.studio.workshop
    const bytes = readFileSync(join(PHOTOS, 'stuff.jpg'))
    const small = await sharp(bytes).resize(320).jpeg({ quality: 70 }).toBuffer()
    const asked = [['train', 'How many mugs are there?', bytes], ['test', 'Which thing is nearest?', small], ['train', 'how many mugs are there', small]] as const
    for (const [i, [split, question, picture]] of asked.entries()) {
      const { width, height } = await decodeImage(picture)
      const image = { blob: await project.blobs.put(picture, 'image/jpeg'), width, height, mime: 'image/jpeg' as const, origin: { kind: 'file' as const, name: 'stuff.jpg' } }
      insertItems(project, [{ ...photo, id: newId(ItemId), task: 'mugs', split, question, options: null, questionType: 'freeForm', answer: 'three', images: [image], origin: { kind: 'import', file: 'mugs.jsonl', line: i + 1 } }])
    }
  })

  it('are compared, walked by keys, and sorted out with a preview and an undo', async () => {
    await items.at('open-similar').click()
    await items.at('similar-groups-row').waitFor()
    expect(await items.similarKinds()).toEqual(['Leakage 1', 'Duplicates 1', 'Same picture 2'])
    expect(await items.at('similar-item').count()).toBe(3)
    await items.at('similar-groups').focus()
    await opened.page.keyboard.press('ArrowDown')
    await items.waitForQuestion('How many mugs are there?')
    await opened.page.keyboard.press('ArrowRight')
    await items.waitForQuestion('Which thing is nearest?')
    expect(await items.at('similar-item').nth(2).textContent()).toContain('same question')
    expect(await complaintsEverywhere(opened.page)).toEqual({})
    await items.at('similar-training').click()
    expect(await items.bulkPreview()).toBe(2)
    await items.applyBulk()
    await items.at('similar-none').waitFor()
    await items.at('batch-undo').click()
    await items.at('similar-groups-row').waitFor()
    await items.showSimilar('Duplicates')
    await expect.poll(() => items.at('similar-item').count()).toBe(2)
    await items.at('similar-groups').focus()
    await opened.page.keyboard.press('ArrowDown')
    await opened.page.keyboard.press('Enter')
    expect(await items.bulkPreview()).toBe(1)
    await items.applyBulk()
    await items.at('similar-none').waitFor()
    await items.showSimilar('Leakage')
    await items.at('similar-list').click()
    await items.waitForTotal(2)
    expect(opened.faults).toEqual([])
  })
})
