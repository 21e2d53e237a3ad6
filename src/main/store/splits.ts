import { Split } from '#shared/domain/datasetItem.ts'
import type { BlobId } from '#shared/domain/ids.ts'
import { sqlite } from './connection.ts'
import { decode } from './decode.ts'
import { changeItems } from './itemBulk.ts'
import type { ProjectReader, ProjectWriter } from './project.ts'

/** Every item connected to one of these pictures, directly or over items that share pictures with such items. */
export function itemsSharingPictures(project: ProjectReader, blobs: readonly BlobId[]): { key: number; split: Split }[] {
  const found = new Map<number, Split>()
  const seen = new Set<string>(blobs)
  const waiting: string[] = [...blobs]
  for (let blob = waiting.pop(); blob !== undefined; blob = waiting.pop()) {
    for (const { key, split } of itemsWith(project, blob)) {
      if (found.has(key)) continue
      found.set(key, decode(Split, split, 'items'))
      for (const other of blobsOf(project, key)) {
        if (seen.has(other)) continue
        seen.add(other)
        waiting.push(other)
      }
    }
  }
  return [...found].map(([key, split]) => ({ key, split }))
}

/** How many other items show one of these pictures, by split. */
export function splitsOver(project: ProjectReader, blobs: readonly BlobId[], exceptKey: number): { split: Split; items: number }[] {
  const over = sqlite.selectFrom('media').innerJoin('item_media', 'item_media.media_key', 'media.key').select('item_media.item_key').where('media.blob', 'in', blobs)
  const found = project.all(sqlite.selectFrom('items').select((eb) => ['split', eb.fn.countAll<number>().as('items')])
    .where('key', 'in', over).where('key', '!=', exceptKey).where('trashed', '=', 0).groupBy('split').orderBy('split'))
  return found.map(({ split, items }) => ({ split: decode(Split, split, 'items'), items }))
}

/** Moves items to another split, as a version of each; frozen dataset versions keep what they hold. */
export function setSplits(project: ProjectWriter, keys: readonly number[], split: Split): void {
  project.transaction(() => { changeItems(project, keys, { kind: 'split', split }, { at: new Date().toISOString(), author: 'import', key: null }) })
}

function itemsWith(project: ProjectReader, blob: string): { key: number; split: string }[] {
  return project.all(sqlite.selectFrom('media').innerJoin('item_media', 'item_media.media_key', 'media.key')
    .innerJoin('items', 'items.key', 'item_media.item_key').select(['items.key', 'items.split']).where('media.blob', '=', blob))
}

function blobsOf(project: ProjectReader, itemKey: number): string[] {
  return project.all(sqlite.selectFrom('item_media').innerJoin('media', 'media.key', 'item_media.media_key')
    .select('media.blob').where('item_media.item_key', '=', itemKey)).map(({ blob }) => blob)
}
