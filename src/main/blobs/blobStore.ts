import { createHash, randomBytes } from 'node:crypto'
import { constants, existsSync, readdirSync, rmSync, statSync } from 'node:fs'
import { access, mkdir, open, readFile, rename, rm } from 'node:fs/promises'
import path from 'node:path'
import { SightlineError } from '#shared/domain/errors.ts'
import { BlobId } from '#shared/domain/ids.ts'
import { mimeOfBytes } from './mime.ts'

/** What may be asked of a project's pictures and videos without writing. */
export interface BlobReader {
  get(id: BlobId): Promise<Uint8Array>
  has(id: BlobId): Promise<boolean>
  path(id: BlobId): string
}

/** An hour: no write takes that long, so an older temporary file belongs to a program that died. */
const STALE_MILLISECONDS = 3_600_000

/** SHA-256 of the bytes, lower-case hex. */
export function blobIdOf(bytes: Uint8Array): BlobId {
  return BlobId.parse(createHash('sha256').update(bytes).digest('hex'))
}

/**
 * Content-addressed files `<folder>/ab/abcdef...`. A blob is complete or absent: it is written to a temporary file,
 * synced to disk and renamed, so several processes may put at the same time and a kill leaves no half-written blob.
 */
export class BlobStore implements BlobReader {
  readonly folder: string

  constructor(folder: string) {
    this.folder = folder
  }

  path(id: BlobId): string {
    return path.join(this.folder, id.slice(0, 2), id)
  }

  async has(id: BlobId): Promise<boolean> {
    return access(this.path(id), constants.R_OK).then(() => true, () => false)
  }

  /**
   * Stores the bytes under their hash; a second put of the same bytes is free.
   * Throws `bad_input` when the bytes are plainly not of the kind `mime` claims, `disk_full` when the disk is.
   */
  async put(bytes: Uint8Array, mime: string): Promise<BlobId> {
    const found = mimeOfBytes(bytes)
    if (mime.startsWith('image/') && found !== mime) {
      throw new SightlineError('bad_input', `these bytes are not ${mime}${found === null ? '' : ` but ${found}`}`, { advice: 'store pictures as PNG, JPEG or WebP' })
    }
    const id = blobIdOf(bytes)
    const target = this.path(id)
    if (await this.has(id)) return id
    try {
      await this.#write(target, bytes)
    } catch (error) {
      if (isCode(error, 'ENOSPC') || isCode(error, 'EDQUOT')) {
        throw new SightlineError('disk_full', 'there is no room left to store a picture', { where: this.folder, advice: 'free some disk space and start again', cause: error })
      }
      throw error
    }
    return id
  }

  /** The bytes; with `verify`, `unreadable_file` if they no longer have the hash they are named by. Throws `not_found`. */
  async get(id: BlobId, options: { verify?: boolean } = {}): Promise<Uint8Array> {
    const bytes = await readFile(this.path(id)).catch((error: unknown) => {
      if (!isCode(error, 'ENOENT')) throw error
      throw new SightlineError('not_found', `the project holds no blob ${id}`, { where: this.path(id), advice: 'copy the whole project folder, blobs included' })
    })
    if (options.verify === true && blobIdOf(bytes) !== id) {
      throw new SightlineError('unreadable_file', `blob ${id} is damaged: its bytes have another hash`, { where: this.path(id), advice: 'restore the file from a backup' })
    }
    return bytes
  }

  /** Removes what a killed program left in the temporary folder; returns how many files went. `now` in epoch milliseconds. */
  sweep(now: number): number {
    const folder = path.join(this.folder, 'tmp')
    if (!existsSync(folder)) return 0
    const stale = readdirSync(folder).map((name) => path.join(folder, name)).filter((file) => now - statSync(file).mtimeMs >= STALE_MILLISECONDS)
    for (const file of stale) rmSync(file, { force: true })
    return stale.length
  }

  async #write(target: string, bytes: Uint8Array): Promise<void> {
    const temporary = path.join(this.folder, 'tmp', randomBytes(12).toString('hex'))
    await mkdir(path.dirname(temporary), { recursive: true })
    await mkdir(path.dirname(target), { recursive: true })
    try {
      const handle = await open(temporary, 'wx')
      try {
        await handle.writeFile(bytes)
        await handle.sync()
      } finally {
        await handle.close()
      }
      await rename(temporary, target)
    } catch (error) {
      await rm(temporary, { force: true })
      throw error
    }
    await syncFolder(path.dirname(target))
  }
}

/** Makes a rename survive a power cut; Windows cannot open folders and does not need it. */
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code
}
