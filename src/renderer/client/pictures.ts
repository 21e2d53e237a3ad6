import type { BlobId } from '#shared/domain/ids.ts'

/** Where the stored picture itself is served, byte for byte. */
export function pictureUrl(blob: BlobId): string {
  return `/blob/${blob}`
}

/** A small copy, longest side `side` pixels. */
export function thumbnailUrl(blob: BlobId, side: number): string {
  return `/thumbnail/${blob}?side=${side}`
}
