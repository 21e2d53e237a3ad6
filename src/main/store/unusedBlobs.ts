import { sql } from 'kysely'
import type { BlobId } from '#shared/domain/ids.ts'
import { ItemDiff } from '#shared/domain/itemChange.ts'
import { sqlite } from './connection.ts'
import { decode, json } from './decode.ts'
import { listed } from './listed.ts'
import type { ProjectReader, ProjectWriter } from './project.ts'

/**
 * Of these blobs, those the project does not refer to: no item shows them in any of its versions, in the trash or not, no path drew them,
 * and they are no video of which frames are known.
 */
export function unusedOf(project: ProjectReader, blobs: readonly BlobId[]): BlobId[] {
  const used = new Set([...shown(project, blobs), ...videosOf(project, blobs), ...picturesOfVersions(project)])
  return blobs.filter((blob) => !used.has(blob))
}

/**
 * Takes away what the project says of those of the blobs that are unused and were not put again since `before` (epoch milliseconds), all
 * at once; their bytes are the caller's to remove.
 */
export function forgetUnused(project: ProjectWriter, blobs: readonly BlobId[], before: number): BlobId[] {
  return project.transaction(() => {
    const unused = unusedOf(project, blobs).filter((blob) => project.blobs.isOlderThan(blob, before))
    project.run(sqlite.deleteFrom('media').where(sql<boolean>`blob IN ${listed(unused)}`))
    project.run(sqlite.deleteFrom('videos').where(sql<boolean>`blob IN ${listed(unused)}`))
    return unused
  })
}

function shown(project: ProjectReader, blobs: readonly BlobId[]): string[] {
  return project.all(sqlite.selectFrom('media').select('blob').where(sql<boolean>`blob IN ${listed(blobs)}`).where(({ exists, or, selectFrom }) => or([
    exists(selectFrom('item_media').select('item_key').whereRef('media_key', '=', 'media.key')),
    exists(selectFrom('observations').select('key').whereRef('media_key', '=', 'media.key'))
  ]))).map(({ blob }) => blob)
}

function videosOf(project: ProjectReader, blobs: readonly BlobId[]): string[] {
  return project.all(sqlite.selectFrom('videos').select('blob').where(sql<boolean>`blob IN ${listed(blobs)}`).where(({ exists, selectFrom }) =>
    exists(selectFrom('media').select('key').where('origin_kind', '=', 'frame').whereRef('origin_name', '=', 'videos.name')))).map(({ blob }) => blob)
}

/** Versions of items in which somebody changed pictures. */
export function changesOfPictures() {
  return sqlite.selectFrom('item_changes').select(['item_key', 'diff']).where(sql<boolean>`json_extract(diff, '$.images') IS NOT NULL`)
}

/** Pictures that items showed before or after somebody changed them: their earlier versions can be looked at and restored. */
function picturesOfVersions(project: ProjectReader): BlobId[] {
  return project.all(changesOfPictures()).flatMap(({ item_key, diff }) => decode(ItemDiff, json(diff), `a version of item ${item_key}`).images ?? []).flat().map(({ blob }) => blob)
}
