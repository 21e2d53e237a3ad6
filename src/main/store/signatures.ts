import { sql } from 'kysely'
import type { BlobId } from '#shared/domain/ids.ts'
import { sqlite } from './connection.ts'
import { listed } from './listed.ts'
import type { ProjectReader, ProjectWriter } from './project.ts'

/** A picture of an item that was never signed. */
export interface UnsignedPicture { blob: BlobId; generated: boolean }

export interface ItemSignature { item_key: number; content_version: number; question: string; pictures: string; similar_group: number | null }

/** An item as it is compared: what it asks, and the clusters of its pictures; null for a picture that was not compared yet. */
export interface ComparedItem { key: number; contentVersion: number; question: string; options: string | null; clusters: (number | null)[]; signature: ItemSignature | null }

/** Keys of the items, in the trash too, that are new or changed since they were compared. */
export function staleItems(project: ProjectReader): number[] {
  return project.all(stale().select('items.key').orderBy('items.key')).map(({ key }) => key)
}

export function countStale(project: ProjectReader): number {
  return project.first(stale().select(sqlite.fn.countAll<number>().as('n')))?.n ?? 0
}

function stale() {
  return sqlite.selectFrom('items').leftJoin('item_signatures as s', 's.item_key', 'items.key')
    .where(sql<boolean>`s.content_version IS NOT items.content_version`)
}

export function unsignedPictures(project: ProjectReader, itemKeys: readonly number[]): UnsignedPicture[] {
  const rows = project.all(sqlite.selectFrom('item_media').innerJoin('media', 'media.key', 'item_media.media_key')
    .leftJoin('picture_signatures as p', 'p.blob', 'media.blob')
    .where(sql<boolean>`item_media.item_key IN ${listed(itemKeys)}`).where('p.key', 'is', null)
    .select(['media.blob', sql<number>`min(media.origin_kind = 'generated')`.as('generated')]).groupBy('media.blob').orderBy('media.key'))
  return rows.map(({ blob, generated }) => ({ blob: blob as BlobId, generated: generated === 1 }))
}

/** `signature` null: nothing to compare by. A picture signed by somebody else meanwhile stays as it is. */
export function insertSignatures(project: ProjectWriter, signed: readonly { blob: BlobId; signature: Uint8Array | null }[]): void {
  project.transaction(() => { for (const row of signed) project.insertNew('picture_signatures', { ...row, cluster: null }) })
}

/** Signatures in the order of their keys, `limit` after the key `after`. */
export function signaturesAfter(project: ProjectReader, after: number, limit: number): { key: number; signature: Uint8Array | null; cluster: number | null }[] {
  return project.all(sqlite.selectFrom('picture_signatures').select(['key', 'signature', 'cluster']).where('key', '>', after).orderBy('key').limit(limit))
}

export function countSignatures(project: ProjectReader): number {
  return project.first(sqlite.selectFrom('picture_signatures').select(sqlite.fn.countAll<number>().as('n')))?.n ?? 0
}

export function setClusters(project: ProjectWriter, changed: readonly { key: number; cluster: number }[]): void {
  project.transaction(() => {
    for (const { key, cluster } of changed) project.run(sqlite.updateTable('picture_signatures').set({ cluster }).where('key', '=', key))
  })
}

/** Items with the clusters of their pictures, `limit` after the key `after`. */
export function comparedAfter(project: ProjectReader, after: number, limit: number): ComparedItem[] {
  const rows = project.all(sqlite.selectFrom('items').leftJoin('item_signatures as s', 's.item_key', 'items.key')
    .select(['items.key', 'items.content_version as contentVersion', 'items.question', 'items.options', 's.content_version as known', 's.question as asks', 's.pictures', 's.similar_group'])
    .where('items.key', '>', after).orderBy('items.key').limit(limit))
  const last = rows.at(-1)?.key ?? after
  const clusters = new Map<number, (number | null)[]>()
  const shown = project.all(sqlite.selectFrom('item_media').innerJoin('media', 'media.key', 'item_media.media_key').leftJoin('picture_signatures as p', 'p.blob', 'media.blob')
    .select(['item_media.item_key as item', 'p.cluster']).where('item_media.item_key', '>', after).where('item_media.item_key', '<=', last))
  for (const { item, cluster } of shown) clusters.set(item, [...clusters.get(item) ?? [], cluster])
  return rows.map(({ key, contentVersion, question, options, known, asks, pictures, similar_group }) => ({
    key, contentVersion, question, options, clusters: clusters.get(key) ?? [],
    signature: known === null ? null : { item_key: key, content_version: known, question: asks ?? '', pictures: pictures ?? '', similar_group }
  }))
}

export function setItemSignatures(project: ProjectWriter, changed: readonly ItemSignature[]): void {
  project.transaction(() => {
    for (const row of changed) {
      // Asked again: an item that was deleted meanwhile has nothing to be compared.
      if (project.first(sqlite.selectFrom('items').select('key').where('key', '=', row.item_key)) === undefined) continue
      project.run(sqlite.insertInto('item_signatures').values(row).onConflict((conflict) => conflict.column('item_key').doUpdateSet(row)))
    }
  })
}
