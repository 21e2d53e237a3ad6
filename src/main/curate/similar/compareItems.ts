import { createHash } from 'node:crypto'
import { setImmediate } from 'node:timers/promises'
import { z } from 'zod'
import { SightlineError } from '#shared/domain/errors.ts'
import { pictureSignature } from '../../image/signature.ts'
import type { ProjectReader, ProjectWriter } from '../../store/project.ts'
import { json } from '../../store/decode.ts'
import {
  comparedAfter, type ComparedItem, countSignatures, insertSignatures, type ItemSignature, setClusters, setItemSignatures, signaturesAfter, staleItems, type UnsignedPicture,
  unsignedPictures
} from '../../store/signatures.ts'
import { Clusters } from './clusters.ts'
import { PictureIndex } from './pictureIndex.ts'
import { questionKey } from './questionKey.ts'

export interface CompareOptions {
  signal?: AbortSignal
  /** Items whose pictures were looked at, of those that are new or changed. */
  onProgress?: (done: number, total: number) => void
}

/** Items whose pictures are signed before their signatures are stored. */
const ITEMS_AT_ONCE = 64
/** Pictures decoded at a time: it goes on beside people's work. */
const PICTURES_AT_ONCE = 2
/** Rows read, or written, before others get their turn. */
const ROWS_AT_ONCE = 2000
const WRITES_AT_ONCE = 500
/** How long searches go on before others get their turn, in milliseconds: among pictures that look alike one takes long. */
const SEARCH_TURN = 20

/**
 * Finds out which items show the same pictures: signs pictures that were never signed, gathers those that look the same, and notes for
 * each item what it shares and with whom. Only what is new or changed is looked at; others get their turn throughout. What was signed
 * before an abort stays. @throws the signal's reason when aborted
 */
export async function compareItems(project: ProjectWriter, { signal, onProgress }: CompareOptions = {}): Promise<void> {
  const stale = staleItems(project)
  if (stale.length === 0) return
  onProgress?.(0, stale.length)
  for (let from = 0; from < stale.length; from += ITEMS_AT_ONCE) {
    await signPictures(project, stale.slice(from, from + ITEMS_AT_ONCE), signal)
    await turn(signal)
    onProgress?.(Math.min(stale.length, from + ITEMS_AT_ONCE), stale.length)
  }
  await clusterPictures(project, signal)
  await groupItems(project, signal)
}

async function signPictures(project: ProjectWriter, itemKeys: readonly number[], signal?: AbortSignal): Promise<void> {
  const unsigned = unsignedPictures(project, itemKeys)
  for (let from = 0; from < unsigned.length; from += PICTURES_AT_ONCE) {
    signal?.throwIfAborted()
    insertSignatures(project, await Promise.all(unsigned.slice(from, from + PICTURES_AT_ONCE).map((picture) => signed(project, picture))))
  }
}

/**
 * Pictures that a generator drew are the same only byte for byte: two scenes that differ in one object lie closer than a photograph and its
 * trimmed copy. So are those that cannot be read any more.
 */
async function signed(project: ProjectReader, { blob, generated }: UnsignedPicture): Promise<{ blob: UnsignedPicture['blob']; signature: Uint8Array | null }> {
  if (generated) return { blob, signature: null }
  try {
    return { blob, signature: await pictureSignature(await project.blobs.get(blob), blob) }
  } catch (error) {
    if (error instanceof SightlineError && (error.code === 'unreadable_file' || error.code === 'not_found')) return { blob, signature: null }
    throw error
  }
}

/** Gives every picture the key of the oldest that looks the same, itself where none does; two that look like a third are the same. */
async function clusterPictures(project: ProjectWriter, signal?: AbortSignal): Promise<void> {
  const size = countSignatures(project)
  const [index, clusters] = [new PictureIndex(size), new Clusters(size)]
  const keys: number[] = []
  const stored: (number | null)[] = []
  const placeOf = new Map<number, number>()
  /** Places of pictures in the index: those without a signature are not in it. */
  const indexed: number[] = []
  for (let after = 0, rows = signaturesAfter(project, after, ROWS_AT_ONCE); rows.length > 0; rows = signaturesAfter(project, after, ROWS_AT_ONCE)) {
    for (const { key, signature, cluster } of rows) {
      const place = keys.push(key) - 1
      stored.push(cluster)
      placeOf.set(key, place)
      if (cluster !== null) clusters.join(place, placeOf.get(cluster) ?? place)
      if (signature !== null) indexed[index.add(signature)] = place
      after = key
    }
    await turn(signal)
  }
  let began = performance.now()
  for (const [at, place] of indexed.entries()) {
    if (stored[place] !== null) continue
    index.search(at, (other) => clusters.of(indexed[other] ?? 0) === clusters.of(place), (other) => { clusters.join(indexed[other] ?? 0, place) })
    if (performance.now() - began < SEARCH_TURN) continue
    await turn(signal)
    began = performance.now()
  }
  const now = keys.map((_, place) => keys[clusters.of(place)] ?? 0)
  await written(now.flatMap((cluster, place) => stored[place] === cluster ? [] : [{ key: keys[place] ?? 0, cluster }]), (some) => { setClusters(project, some) }, signal)
}

/** Notes for each item what it asks and shows, and the oldest item that it shares pictures with. */
async function groupItems(project: ProjectWriter, signal?: AbortSignal): Promise<void> {
  const all: { known: ItemSignature | null; now: Omit<ItemSignature, 'similar_group'> }[] = []
  const firstWith = new Map<number, number>()
  const joins: [number, number][] = []
  for (let after = 0, rows = comparedAfter(project, after, ROWS_AT_ONCE); rows.length > 0; rows = comparedAfter(project, after, ROWS_AT_ONCE)) {
    for (const item of rows) {
      after = item.key
      const clusters = item.clusters.flatMap((cluster) => cluster === null ? [] : [cluster])
      // A picture that came during this pass: the item stays open for the next one.
      if (clusters.length < item.clusters.length) continue
      const place = all.push({ known: item.signature, now: signatureOf(item, clusters) }) - 1
      for (const cluster of clusters) {
        const first = firstWith.get(cluster)
        if (first === undefined) firstWith.set(cluster, place)
        else joins.push([first, place])
      }
    }
    await turn(signal)
  }
  const groups = new Clusters(all.length)
  const shares = new Uint8Array(all.length)
  for (const [first, place] of joins) {
    if (first === place) continue
    groups.join(first, place)
    shares[first] = shares[place] = 1
  }
  const changed = all.flatMap(({ known, now }, place) => {
    const signature: ItemSignature = { ...now, similar_group: shares[place] === 1 ? all[groups.of(place)]?.now.item_key ?? null : null }
    return known !== null && isSame(known, signature) ? [] : [signature]
  })
  await written(changed, (some) => { setItemSignatures(project, some) }, signal)
}

const Options = z.array(z.string()).nullable()

function signatureOf({ key, contentVersion, question, options, signature }: ComparedItem, clusters: readonly number[]): Omit<ItemSignature, 'similar_group'> {
  const shown = [...new Set(clusters)].sort((a, b) => a - b).join(' ')
  return {
    item_key: key, content_version: contentVersion,
    question: signature?.content_version === contentVersion ? signature.question : questionKey({ question, options: Options.parse(json(options)) }),
    pictures: shown.length <= 24 ? shown : createHash('sha256').update(shown).digest('hex').slice(0, 24)
  }
}

function isSame(a: ItemSignature, b: ItemSignature): boolean {
  return a.content_version === b.content_version && a.question === b.question && a.pictures === b.pictures && a.similar_group === b.similar_group
}

async function written<T>(rows: readonly T[], write: (some: readonly T[]) => void, signal?: AbortSignal): Promise<void> {
  for (let from = 0; from < rows.length; from += WRITES_AT_ONCE) {
    write(rows.slice(from, from + WRITES_AT_ONCE))
    await turn(signal)
  }
}

/** Lets others have their turn. */
async function turn(signal?: AbortSignal): Promise<void> {
  await setImmediate()
  signal?.throwIfAborted()
}
