// Comparing items by their pictures in a large project: node test/bench/similar.bench.ts [items] [scenes of one generator]
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { BlobId } from '#shared/domain/ids.ts'
import type { ImageRef } from '#shared/domain/imageRef.ts'
import { Random } from '#shared/domain/random.ts'
import { compareItems } from '#main/curate/similar/compareItems.ts'
import { similarGroups } from '#main/curate/similar/findings.ts'
import { generateItem } from '#main/curate/synthetic/generate.ts'
import { encodePng } from '#main/image/codec.ts'
import { HASH_BYTES, pictureSignature, SIGNATURE_BYTES } from '#main/image/signature.ts'
import { listItemIds, listItems } from '#main/store/items.ts'
import { createProject, type ProjectWriter } from '#main/store/project.ts'
import { countStale, insertSignatures } from '#main/store/signatures.ts'
import { countLeaking, similarCounts } from '#main/store/similar.ts'
import { fillItems } from './largeProject.ts'

const [itemCount = 100_000, sceneCount = 5000] = process.argv.slice(2).map(Number)
/** One picture in twenty looks like an earlier one. */
const COPIES = 0.05
const random = Random.seeded(1, 'similar bench')

function blobOf(place: number): BlobId {
  return BlobId.parse(place.toString(16).padStart(64, '0'))
}

function picture(place: number): ImageRef {
  return { blob: blobOf(place), width: 640, height: 480, mime: 'image/jpeg', origin: { kind: 'file', name: 'bench.jpg' } }
}

/** How long work takes, and the longest turn of the event loop meanwhile: what others ever waited for. */
async function measure<T>(name: string, work: () => T | Promise<T>): Promise<T> {
  const turns = monitorEventLoopDelay({ resolution: 1 })
  turns.enable()
  const from = performance.now()
  const working = work()
  const atOnce = performance.now() - from
  const result = await working
  const took = performance.now() - from
  turns.disable()
  console.log(`${name.padEnd(64)} ${took.toFixed(0).padStart(8)} ms   longest turn ${Math.max(atOnce, turns.max / 1e6).toFixed(0).padStart(5)} ms`)
  return result
}

async function measureSigning(): Promise<void> {
  const folder = path.resolve('test/fixtures/real/images')
  const photographs = ['leuvenA.jpg', 'leuvenB.jpg', 'stuff.jpg', 'cards.png', 'smarties.png'].map((name) => readFileSync(path.join(folder, name)))
  await measure('100 photographs of about 640 x 480 signed, one at a time', async () => {
    for (let i = 0; i < 100; i++) await pictureSignature(photographs[i % photographs.length] ?? new Uint8Array())
  })
}

async function measureProject(name: string, count: number, signatureOf: (place: number, earlier: readonly Uint8Array[]) => Uint8Array | Promise<Uint8Array>): Promise<void> {
  const folder = mkdtempSync(path.join(tmpdir(), 'sightline-similar-'))
  const project = createProject(path.join(folder, 'project'), 'bench')
  try {
    console.log(`\n${count} items, ${name}`)
    fillItems(project, { count, picture }, random)
    const signatures: Uint8Array[] = []
    for (let i = 0; i < count; i++) signatures.push(await signatureOf(i, signatures))
    for (let from = 0; from < count; from += 1000) insertSignatures(project, signatures.slice(from, from + 1000).map((signature, i) => ({ blob: blobOf(from + i), signature })))
    await measure('compared, pictures signed before', () => compareItems(project))
    await askAround(project)
    fillItems(project, { count: 10, picture: (place) => picture(count + place) }, random)
    insertSignatures(project, Array.from({ length: 10 }, (_, i) => ({ blob: blobOf(count + i), signature: signatures[i] ?? null })))
    await measure('compared again after ten more', () => compareItems(project))
  } finally {
    project.close()
    rmSync(folder, { recursive: true, force: true })
  }
}

async function askAround(project: ProjectWriter): Promise<void> {
  const counts = await measure('counts of every kind', () => similarCounts(project))
  console.log(`  leakage ${counts.leakage.groups}, duplicates ${counts.duplicate.groups}, same picture ${counts.shared.groups} of ${counts.shared.items} items`)
  await measure('first page of findings', () => similarGroups(project, 'leakage'))
  await measure('items {"similar":"leakage","split":"train"}', () => listItems(project, { similar: 'leakage', split: 'train' }))
  const ids = listItemIds(project, { split: 'train' })
  await measure(`leaking among the ${ids.length} training questions`, () => countLeaking(project, ids))
  await measure('is anything not compared yet', () => countStale(project))
}

/** Like pictures: bits at random; of a copy eight of them flipped, as after a new encoding. */
function randomSignature(place: number, earlier: readonly Uint8Array[]): Uint8Array {
  const original = place > 0 && random.chance(COPIES) ? earlier[random.integer(0, place - 1)] : undefined
  if (original === undefined) return Uint8Array.from({ length: SIGNATURE_BYTES }, () => random.integer(0, 255))
  const copy = Uint8Array.from(original)
  for (let i = 0; i < 8; i++) {
    const bit = random.integer(0, 8 * HASH_BYTES - 1)
    copy[bit >> 3] = (copy[bit >> 3] ?? 0) ^ (1 << (bit & 7))
  }
  return copy
}

await measureSigning()
await measureProject('one picture in twenty like an earlier one', itemCount, randomSignature)
await measureProject('scenes of one generator, looked at like photographs', sceneCount, async (place) => {
  return await pictureSignature(await encodePng(generateItem('maze', 1, place).image)) ?? new Uint8Array(SIGNATURE_BYTES)
})
