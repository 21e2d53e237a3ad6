import path from 'node:path'
import type { BlobId } from '#shared/domain/ids.ts'

/** Where small copies of a blob lie, below the project's folder; each one's name begins with the blob's id. */
export function thumbnailFolder(projectFolder: string, id: BlobId): string {
  return path.join(projectFolder, 'cache', 'thumbnails', id.slice(0, 2))
}
