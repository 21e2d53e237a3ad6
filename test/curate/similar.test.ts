// Finding items that show the same pictures: the search by bands, the wording of questions, and a whole project compared.
import { readFileSync } from 'node:fs'
import path from 'node:path'
import sharp, { type Sharp } from 'sharp'
import { describe, expect, it } from 'vitest'
import type { DatasetItem, Split } from '#shared/domain/datasetItem.ts'
import { ItemId, newId } from '#shared/domain/ids.ts'
import type { ImageRef } from '#shared/domain/imageRef.ts'
import { Random } from '#shared/domain/random.ts'
import { generateItems } from '#main/curate/generate.ts'
import { compareItems } from '#main/curate/similar/compareItems.ts'
import { similarGroups } from '#main/curate/similar/findings.ts'
import { PictureIndex } from '#main/curate/similar/pictureIndex.ts'
import { questionKey, wordingShared } from '#main/curate/similar/questionKey.ts'
import { decodeImage } from '#main/image/codec.ts'
import { HASH_BYTES, SIGNATURE_BYTES } from '#main/image/signature.ts'
import { applyBulk, undoBatch } from '#main/store/itemBulk.ts'
import { getItem, insertItems, listItemIds } from '#main/store/items.ts'
import { editItem } from '#main/store/itemVersions.ts'
import type { ProjectWriter } from '#main/store/project.ts'
import { countStale } from '#main/store/signatures.ts'
import { countLeaking, similarCounts } from '#main/store/similar.ts'
import { deleteForEver } from '#main/store/trash.ts'
import { ItemFilter } from '#shared/contract/items.ts'
import { imageRef, makeItem, temporaryProject } from '../store/fixtures.ts'

const PHOTOS = path.resolve('test/fixtures/real/images')
const NOTHING = { leakage: { groups: 0, items: 0, training: 0 }, duplicate: { groups: 0, items: 0, copies: 0 }, shared: { groups: 0, items: 0 } }

describe('the search by bands', () => {
  const random = Random.seeded(7, 'signatures')
  const bytes = (): Uint8Array => Uint8Array.from({ length: SIGNATURE_BYTES }, () => random.integer(0, 255))
  /** The same colours, with so many bits of the hash flipped. */
  function flipped(signature: Uint8Array, bits: number): Uint8Array {
    const copy = Uint8Array.from(signature)
    const places = random.shuffled(Array.from({ length: 8 * HASH_BYTES }, (_, i) => i)).slice(0, bits)
    for (const place of places) copy[place >> 3] = (copy[place >> 3] ?? 0) ^ (1 << (place & 7))
    return copy
  }
  function foundWith(bits: number): number {
    const index = new PictureIndex(1000)
    let found = 0
    for (let i = 0; i < 200; i++) {
      const signature = bytes()
      const place = index.add(signature)
      const copy = index.add(flipped(signature, bits))
      index.search(copy, () => false, (other) => { if (other === place) found++ })
    }
    return found / 200
  }

  it('finds all that differ in up to 31 bits, most of those that differ in 48, and none beyond', () => {
    expect([foundWith(0), foundWith(31)]).toEqual([1, 1])
    expect(foundWith(48)).toBeGreaterThan(0.85)
    expect(foundWith(49)).toBe(0)
  })

  it('leaves out other colours, and what is known already', () => {
    const index = new PictureIndex(3)
    const signature = bytes()
    const recoloured = Uint8Array.from(signature, (value, i) => i < HASH_BYTES ? value : 255 - value)
    for (const each of [signature, recoloured, signature]) index.add(each)
    const found: number[] = []
    index.search(2, () => false, (other) => found.push(other))
    index.search(1, () => false, (other) => found.push(other))
    expect(found).toEqual([0])
    index.search(0, (other) => other === 2, (other) => found.push(other))
    expect(found).toEqual([0])
  })
})

describe('the wording of a question', () => {
  const key = (question: string, options: string[] | null = null): string => questionKey({ question, options })

  it('does not change with case, width, punctuation, spaces, picture marks, and the order and letters of options', () => {
    const asked = key('Is the car left of the tower?', ['A. yes', 'B. no'])
    expect(key('  <image>\nIS the car, left of the  tower', ['A. No', 'B) Yes'])).toBe(asked)
    expect(key('Ｉs the car left of the tower？', ['(A) no.', '(B) yes.'])).toBe(asked)
  })

  it('changes with every word, number and sign', () => {
    const asked = ['Is the car left of the tower?', 'Is the car right of the tower?', 'Is the tower left of the car?', 'Is the car not left of the tower?', 'Turn by 5 degrees', 'Turn by -5 degrees', 'Turn by 0.5 degrees']
    expect(new Set(asked.map((question) => key(question))).size).toBe(asked.length)
    expect(key('Which?', ['A. cup', 'B. bowl'])).not.toBe(key('Which?', ['A. cup', 'B. plate']))
  })

  it('is shared by so much of its runs of three characters', () => {
    expect(wordingShared('How many cups are there?', 'how many CUPS are there')).toBe(1)
    expect(wordingShared('How many cups are there?', 'Where does the line end?')).toBeLessThan(0.2)
    // Why likeness decides nothing: the opposite question is worded more alike than the same one put politely.
    expect(wordingShared('Is the car left of the tower?', 'Is the car right of the tower?')).toBeGreaterThan(wordingShared('Is the car left of the tower?', 'Please say: is the car to the left of the tower?'))
  })
})

/** Items over photographs, each as it came or changed on its way. */
async function photograph(project: ProjectWriter, name: string, change: (picture: Sharp) => Sharp = (picture) => picture): Promise<ImageRef> {
  const bytes = await change(sharp(readFileSync(path.join(PHOTOS, name)))).jpeg({ quality: 80 }).toBuffer()
  const { width, height } = await decodeImage(bytes, name)
  return { blob: await project.blobs.put(bytes, 'image/jpeg'), width, height, mime: 'image/jpeg', origin: { kind: 'file', name } }
}

function add(project: ProjectWriter, split: Split, question: string, ...images: ImageRef[]): DatasetItem {
  const item = makeItem({ split, question, images, dataType: images.length > 1 ? 'multiView' : 'image' })
  expect(insertItems(project, [item]).inserted).toHaveLength(1)
  return item
}

describe('a project compared', () => {
  it('tells leaks, duplicates and shared pictures apart, whatever became of the pictures on their way', async () => {
    const project = temporaryProject()
    const [street, smaller, darker] = await Promise.all([
      photograph(project, 'leuvenA.jpg'), photograph(project, 'leuvenA.jpg', (picture) => picture.resize(500)), photograph(project, 'leuvenA.jpg', (picture) => picture.linear(0.8, 0))
    ])
    const [stuff, smallStuff, cards] = await Promise.all([photograph(project, 'stuff.jpg'), photograph(project, 'stuff.jpg', (picture) => picture.resize(400)), photograph(project, 'smarties.png')])
    const first = add(project, 'train', 'Where is the car?', street)
    const copy = add(project, 'train', 'where is the car', smaller)
    const tested = add(project, 'test', 'Where is the tower?', darker)
    const [a, b] = [add(project, 'train', 'How many things?', stuff), add(project, 'train', 'Which is the largest?', smallStuff)]
    add(project, 'train', 'Where is the car?', cards)
    expect(countStale(project)).toBe(6)
    const seen: number[] = []
    await compareItems(project, { onProgress: (done) => seen.push(done) })
    expect([seen.at(-1), countStale(project)]).toEqual([6, 0])
    expect(await similarCounts(project)).toEqual({ leakage: { groups: 1, items: 3, training: 2 }, duplicate: { groups: 1, items: 2, copies: 1 }, shared: { groups: 2, items: 5 } })
    const leak = similarGroups(project, 'leakage')
    expect(leak).toMatchObject({ total: 1, next: null, rows: [{ size: 3, items: [{ id: first.id, twin: true, wording: 1 }, { id: copy.id, twin: true, wording: 1 }, { id: tested.id, twin: false }] }] })
    expect(similarGroups(project, 'duplicate').rows.map(({ items }) => items.map(({ id }) => id))).toEqual([[first.id, copy.id]])
    expect(similarGroups(project, 'shared', { limit: 1, cursor: similarGroups(project, 'shared', { limit: 1 }).next }).rows.map(({ items }) => items.map(({ id }) => id))).toEqual([[a.id, b.id]])
    expect(listItemIds(project, { similar: 'leakage', split: 'train' })).toEqual([first.id, copy.id])
    expect(listItemIds(project, { similar: 'copy' })).toEqual([copy.id])
    expect(countLeaking(project, [first.id, tested.id, a.id])).toBe(1)
  })

  it('follows the trash, splits and their undo at once, edits after the next pass, and forgets what is deleted', async () => {
    const project = temporaryProject()
    const [street, smaller] = await Promise.all([photograph(project, 'leuvenA.jpg'), photograph(project, 'leuvenA.jpg', (picture) => picture.resize(500))])
    const [kept, other] = [add(project, 'train', 'Where is the car?', street), add(project, 'validation', 'Where is the car?', smaller)]
    await compareItems(project)
    const leaking = { kind: 'filter' as const, filter: ItemFilter.parse({ similar: 'leakage', split: 'train' }) }
    const batch = await applyBulk(project, leaking, { kind: 'trash' }, 'ann')
    expect([batch.changed, await similarCounts(project)]).toEqual([1, NOTHING])
    await undoBatch(project, batch.id, 'ann')
    expect((await similarCounts(project)).leakage).toEqual({ groups: 1, items: 2, training: 1 })
    await applyBulk(project, leaking, { kind: 'split', split: 'validation' }, 'ann')
    expect(await similarCounts(project)).toMatchObject({ leakage: { groups: 0 }, duplicate: { groups: 1, copies: 1 } })
    editItem(project, other.id, { question: 'Where is the door?' }, { author: 'ann', baseVersion: 1 })
    expect(countStale(project)).toBe(1)
    await compareItems(project)
    expect(await similarCounts(project)).toMatchObject({ duplicate: { groups: 0 }, shared: { groups: 1, items: 2 } })
    await applyBulk(project, { kind: 'ids', ids: [kept.id] }, { kind: 'trash' }, 'ann')
    await deleteForEver(project, { kind: 'ids', ids: [kept.id] })
    await compareItems(project)
    expect(await similarCounts(project)).toEqual(NOTHING)
  })

  it('joins what came later to what was there, in whatever order, and goes on after a stop', async () => {
    const project = temporaryProject()
    const pictures = await Promise.all([450, 500, 560].map((width) => photograph(project, 'leuvenA.jpg', (picture) => picture.resize(width))))
    const stopped = new AbortController()
    for (const [i, picture] of pictures.entries()) {
      add(project, 'train', `Question ${i}?`, picture)
      if (i === 1) {
        const broken = compareItems(project, { signal: stopped.signal, onProgress: () => { stopped.abort() } })
        await expect(broken).rejects.toMatchObject({ name: 'AbortError' })
        expect(countStale(project)).toBe(1)
      } else await compareItems(project)
    }
    expect(similarGroups(project, 'shared').rows).toMatchObject([{ size: 3 }])
    await compareItems(project)
    expect(countStale(project)).toBe(0)
  })

  it('takes several views as the same only where all are; one is enough for a leak', async () => {
    const project = temporaryProject()
    const [street, other, stuff] = await Promise.all(['leuvenA.jpg', 'leuvenB.jpg', 'stuff.jpg'].map((name) => photograph(project, name)))
    if (street === undefined || other === undefined || stuff === undefined) throw new Error('no photographs')
    add(project, 'train', 'Which is nearer?', street, other)
    add(project, 'train', 'Which is nearer?', street, stuff)
    add(project, 'test', 'Which is nearer?', stuff)
    await compareItems(project)
    expect(await similarCounts(project)).toMatchObject({ leakage: { groups: 1, items: 3, training: 2 }, duplicate: { groups: 0 } })
  })

  it('takes scenes of one generator, and pictures that cannot be read, as the same only byte for byte', async () => {
    const project = temporaryProject()
    for (const [generator, seed, split] of [['maze', 1, 'train'], ['maze', 2, 'test'], ['relation', 1, 'train'], ['count', 1, 'test']] as const) {
      await generateItems(project, { generator, seed, count: 30, split, teacherPaths: false, reflectiveShare: 0 })
    }
    const again = add(project, 'test', 'Which letter is in the middle?', ...getItem(project, listItemIds(project)[0] as ItemId).images)
    const [lost, alsoLost] = [add(project, 'train', 'Where?', imageRef(5)), add(project, 'test', 'And where?', imageRef(5))]
    await compareItems(project)
    const found = similarGroups(project, 'shared').rows.map(({ items }) => items)
    expect(found.map((items) => items.map(({ id }) => id))).toContainEqual([lost.id, alsoLost.id])
    expect(found.find((items) => items.some(({ id }) => id === again.id))?.length).toBeGreaterThan(1)
    for (const items of found) expect(new Set(items.map(({ thumbnail }) => thumbnail.blob)).size).toBe(1)
  })
})

it('an id that the project does not hold leaks nothing', () => {
  expect(countLeaking(temporaryProject(), [newId(ItemId)])).toBe(0)
})
