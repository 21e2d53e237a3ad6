import type { Selectable } from 'kysely'
import type { BlobId } from '#shared/domain/ids.ts'
import { type ImageOrigin, ImageRef } from '#shared/domain/imageRef.ts'
import { sqlite } from './connection.ts'
import { decode, required } from './decode.ts'
import type { ProjectReader, ProjectWriter } from './project.ts'
import type { Tables } from './schema.ts'

type MediaRow = Omit<Selectable<Tables['media']>, 'key'>

/** The row of a picture's description, made on first use; the blob itself must be in the store already. */
export function mediaKey(project: ProjectWriter, image: ImageRef): number {
  const row = mediaRow(image)
  return project.first(described(row).select('key'))?.key ?? project.insert('media', row)
}

/** The rows that describe a picture in these words: one or none. */
function described(row: MediaRow) {
  return sqlite.selectFrom('media')
    .where('blob', '=', row.blob).where('origin_kind', '=', row.origin_kind).where('origin_name', '=', row.origin_name)
    .where('origin_seconds', '=', row.origin_seconds).where('origin_decoder', '=', row.origin_decoder)
}

/** A picture as the project describes it. Throws `not_found` for one that was never stored. */
export function knownImage(project: ProjectReader, image: ImageRef): ImageRef {
  return imageOf(required(project.first(described(mediaRow(image)).selectAll()), 'picture', image.blob))
}

export function imageOf(row: MediaRow): ImageRef {
  const { blob, width, height, mime } = row
  return decode(ImageRef, { blob, width, height, mime, origin: originOf(row) }, `picture ${blob}`)
}

/** One known picture of a blob, for serving it with the right type; undefined if no record names it. */
export function findImage(project: ProjectReader, blob: BlobId): ImageRef | undefined {
  const row = project.first(sqlite.selectFrom('media').selectAll().where('blob', '=', blob).limit(1))
  return row && imageOf(row)
}

/** Remembers which stored video the frames named `name` came from. */
export function recordVideo(project: ProjectWriter, video: { blob: BlobId; name: string; mime: string; bytes: number }): void {
  project.insertNew('videos', video)
}

export function listVideos(project: ProjectReader): { blob: string; name: string; mime: string; bytes: number }[] {
  return project.all(sqlite.selectFrom('videos').selectAll().orderBy('name'))
}

function mediaRow({ blob, width, height, mime, origin }: ImageRef): MediaRow {
  const common = { blob, width, height, mime, origin_kind: origin.kind, origin_name: '', origin_seconds: 0, origin_decoder: '' }
  switch (origin.kind) {
    case 'file': return { ...common, origin_name: origin.name }
    case 'frame': return { ...common, origin_name: origin.video, origin_seconds: origin.seconds, origin_decoder: origin.decoder }
    case 'generated': return { ...common, origin_name: origin.generator }
    case 'drawn': return common
  }
}

function originOf(row: MediaRow): ImageOrigin | undefined {
  switch (row.origin_kind) {
    case 'file': return { kind: 'file', name: row.origin_name }
    case 'frame': return { kind: 'frame', video: row.origin_name, seconds: row.origin_seconds, decoder: row.origin_decoder }
    case 'generated': return { kind: 'generated', generator: row.origin_name }
    case 'drawn': return { kind: 'drawn' }
    default: return undefined
  }
}
