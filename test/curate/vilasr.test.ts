import { chmodSync, cpSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { DatasetItem } from '#shared/domain/datasetItem.ts'
import { blobIdOf } from '#main/blobs/blobStore.ts'
import { importFile } from '#main/curate/importers/vilasr.ts'
import { encodePng } from '#main/image/codec.ts'
import { blankImage } from '#main/image/rawImage.ts'
import { getItem, listItemIds, listItems } from '#main/store/items.ts'
import { listVideos } from '#main/store/media.ts'
import { temporaryFolder, temporaryProject } from '../store/fixtures.ts'

const REAL = path.resolve('test/fixtures/real')
const GOOD = { question: 'How many cups?', answer: '4', image_path: ['images/cups.png'], data_type: 'vqa', question_type: 'numerical' }

/** A folder with a record file, one good picture and one broken one. */
async function recordFolder(records: string, name = 'qa.jsonl'): Promise<string> {
  const folder = path.join(temporaryFolder(), 'data')
  mkdirSync(path.join(folder, 'images'), { recursive: true })
  writeFileSync(path.join(folder, 'images', 'cups.png'), await encodePng(blankImage(40, 30, [200, 10, 10])))
  writeFileSync(path.join(folder, 'images', 'more.png'), await encodePng(blankImage(40, 30, [0, 10, 10])))
  writeFileSync(path.join(folder, 'images', 'broken.jpg'), readFileSync(path.join(REAL, 'images/stuff.jpg')).subarray(0, 9000))
  writeFileSync(path.join(folder, name), records)
  return path.join(folder, name)
}

const lines = (...records: object[]): string => records.map((record) => JSON.stringify(record)).join('\n')

describe('importing the real questions', () => {
  it('brings in all nine, byte for byte, with the video as 16 frames', async () => {
    const project = temporaryProject()
    const seen: [number, number][] = []
    const report = await importFile(project, path.join(REAL, 'qa.jsonl'), { onProgress: (done, total) => seen.push([done, total]) })
    expect(report).toMatchObject({ imported: 9, duplicates: 0, refused: [] })
    expect(seen.at(-1)).toEqual([9, 9])
    const items = listItemIds(project).map((id) => getItem(project, id))
    for (const item of items) expect(DatasetItem.parse(item)).toEqual(item)
    expect(items.map(({ dataType, images }) => [dataType, images.length])).toEqual([
      ...Array.from({ length: 6 }, () => ['image', 1]), ['multiView', 2], ['image', 1], ['video', 16]
    ])
    expect(items[0]).toMatchObject({ task: 'vqa', questionType: 'numerical', answer: '4', options: null, origin: { kind: 'import', file: 'qa.jsonl', line: 1 } })
    const jpeg = items[2]?.images[0]
    expect(jpeg).toMatchObject({ mime: 'image/jpeg', blob: blobIdOf(readFileSync(path.join(REAL, 'images/stuff.jpg'))) })
    const seconds = items[8]?.images.map(({ origin }) => (origin.kind === 'frame' ? origin.seconds : -1))
    expect(seconds).toEqual([...(seconds ?? [])].sort((a, b) => a - b))
    expect(items[8]?.images[0]?.origin).toMatchObject({ kind: 'frame', video: 'images/plaza.mp4', decoder: expect.stringMatching(/^FFmpeg .* avcodec /) })
    expect(listVideos(project)).toMatchObject([{ name: 'images/plaza.mp4', mime: 'video/mp4' }])
  })

  it('adds nothing the second time and says so', async () => {
    const project = temporaryProject()
    const file = await recordFolder(lines(GOOD, { ...GOOD, question: 'And now?' }))
    await importFile(project, file)
    expect(await importFile(project, file)).toMatchObject({ imported: 0, duplicates: 2, duplicateLines: [1, 2], refused: [] })
  })
})

describe('a bad record', () => {
  const outside = path.resolve('test/fixtures/real/images/cards.png')
  const cases: [string, object | string, RegExp][] = [
    ['a broken line', '{"question": "x", ', /broken JSON/],
    ['no object', '17', /expected object/i],
    ['a missing picture', { ...GOOD, image_path: ['images/none.png'] }, /images\/none\.png does not exist/],
    ['a cut picture', { ...GOOD, image_path: ['images/broken.jpg'] }, /Cannot read the picture/],
    ['a folder for a picture', { ...GOOD, image_path: ['images'] }, /not a file/],
    ['one bad picture among good ones', { ...GOOD, image_path: ['images/more.png', 'images/broken.jpg'] }, /^images\/broken\.jpg: Cannot read the picture/],
    ['a path that leaves the folder', { ...GOOD, image_path: ['../secret.png'] }, /leaves the folder/],
    ['a winding path that leaves', { ...GOOD, image_path: ['images/../../secret.png'] }, /leaves the folder/],
    ['an absolute path', { ...GOOD, image_path: [outside] }, /leaves the folder/],
    ['a link that leaves the folder', { ...GOOD, image_path: ['images/link.png'] }, /leaves the folder/],
    ['an answer not among the options', { ...GOOD, question_type: 'multiple choice', options: ['A. left', 'B. right'], answer: 'C' }, /"C" is not among the options/],
    ['no number in a numeric answer', { ...GOOD, answer: 'many' }, /no number/],
    ['no number in a regression answer', { ...GOOD, question_type: 'regression', answer: '' }, /answer/],
    ['an unknown question type', { ...GOOD, question_type: 'essay' }, /unknown question type "essay"/],
    ['no question', { ...GOOD, question: ' <image> ' }, /question/],
    ['no pictures', { ...GOOD, image_path: [] }, /image_path/]
  ]

  it.each(cases)('%s is refused with its line and reason, the rest comes in', async (_name, record, reason) => {
    const project = temporaryProject()
    const bad = typeof record === 'string' ? record : JSON.stringify(record)
    const file = await recordFolder([JSON.stringify(GOOD), '', bad, JSON.stringify({ ...GOOD, question: 'After?' })].join('\n'))
    writeFileSync(path.join(path.dirname(file), '..', 'secret.png'), await encodePng(blankImage(5, 5)))
    symlinkSync(path.join(path.dirname(file), '..', 'secret.png'), path.join(path.dirname(file), 'images', 'link.png'))
    const report = await importFile(project, file)
    expect(report).toMatchObject({ imported: 2, refused: [{ line: 3, reason: expect.stringMatching(reason) }] })
    expect(listItems(project).rows.map(({ question }) => question)).toEqual(['How many cups?', 'After?'])
    // The good picture alone: nothing of the refused record was kept.
    expect(readdirSync(project.blobs.folder).filter((name) => name !== 'tmp')).toHaveLength(1)
  })

  it('with a picture that may not be read is refused', async () => {
    const project = temporaryProject()
    const file = await recordFolder(lines(GOOD))
    chmodSync(path.join(path.dirname(file), 'images', 'cups.png'), 0)
    const asRoot = process.getuid?.() === 0
    expect((await importFile(project, file)).refused).toHaveLength(asRoot ? 0 : 1)
  })

  it('in a JSON array does not take its neighbours with it', async () => {
    const project = temporaryProject()
    const text = `[\n  ${JSON.stringify(GOOD)},\n  {"question": "x" "y"},\n\n  ${JSON.stringify({ ...GOOD, question: 'Last, [with] "signs"?' })}\n]`
    const report = await importFile(project, await recordFolder(text, 'qa.json'))
    expect(report.imported).toBe(2)
    expect(report.refused).toMatchObject([{ line: 3, reason: expect.stringContaining('broken JSON') }])
  })
})

describe('record forms', () => {
  it('evaluation records keep their task, type and grid', async () => {
    const project = temporaryProject()
    const record = {
      question: '<image>Where is it?', answer: '(B)', image_path: 'images/cups.png', options: ['left', 'right'], problem_type: 'Multiple-Choice',
      original_question_type: 'object_rel_direction', data_type: 'single_view', grid_size: 4
    }
    await importFile(project, await recordFolder(`\uFEFF${JSON.stringify(record)}`, 'eval.json'))
    const [id] = listItemIds(project)
    expect(id && getItem(project, id)).toMatchObject({
      task: 'object_rel_direction', questionType: 'multipleChoice', question: 'Where is it?', dataType: 'image', answer: '(B)', tags: ['single_view', 'grid 4']
    })
  })

  it('stored pictures that browsers cannot show become PNG', async () => {
    const project = temporaryProject()
    const file = await recordFolder(lines({ ...GOOD, image_path: ['images/t.gif'] }))
    const gif = Buffer.from('R0lGODlhAQABAIAAAAUEBAAAACwAAAAAAQABAAACAkQBADs=', 'base64')
    writeFileSync(path.join(path.dirname(file), 'images', 't.gif'), gif)
    expect((await importFile(project, file)).imported).toBe(1)
    expect(listItems(project).rows[0]?.thumbnail).toMatchObject({ mime: 'image/png', width: 1, height: 1 })
  })

  it('an unreadable record file is an error of its own', async () => {
    await expect(importFile(temporaryProject(), '/nowhere/qa.jsonl')).rejects.toMatchObject({ code: 'unreadable_file' })
  })
})

describe('stopping', () => {
  it('keeps what is in and goes on at the next import', async () => {
    const project = temporaryProject()
    const folder = path.join(temporaryFolder(), 'real')
    cpSync(REAL, folder, { recursive: true })
    const stop = new AbortController()
    const importing = importFile(project, path.join(folder, 'qa.jsonl'), { signal: stop.signal, onProgress: (done) => done === 3 && stop.abort() })
    await expect(importing).rejects.toMatchObject({ code: 'cancelled' })
    expect(listItems(project).total).toBe(3)
    expect(await importFile(project, path.join(folder, 'qa.jsonl'))).toMatchObject({ imported: 6, duplicates: 3 })
  })
})

