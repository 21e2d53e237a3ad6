import { createHash, randomBytes } from 'node:crypto'
import { constants, existsSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs'
import { access, mkdir, open, readdir, readFile, rename, rm, stat, utimes } from 'node:fs/promises'
import path from 'node:path'
import { SightlineError } from '#shared/domain/errors.ts'
import { BlobId } from '#shared/domain/ids.ts'
import { mimeOfBytes } from './mime.ts'

/** What may be asked of a project's pictures and videos without writing. */
export interface BlobReader {
  get(id: BlobId): Promise<Uint8Array>
  has(id: BlobId): Promise<boolean>
  path(id: BlobId): string
  /** Every blob there is, in order. */
  list(): Promise<BlobId[]>
}

/** An hour: no write takes that long, so an older temporary file belongs to a program that died. */
const STALE_MILLISECONDS = 3_600_000
/** A blob on its way out is called this and its id. */
const LEAVING = 'leaving-'

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

  async list(): Promise<BlobId[]> {
    const folders = (await readdir(this.folder)).filter((name) => /^[0-9a-f]{2}$/.test(name)).sort()
    const names: BlobId[] = []
    for (const folder of folders) {
      for (const name of (await readdir(path.join(this.folder, folder))).sort()) {
        const { success, data } = BlobId.safeParse(name)
        if (success) names.push(data)
      }
    }
    return names
  }

  /** Whether the blob was last put before a time (epoch milliseconds); also true for one that is not there. */
  isOlderThan(id: BlobId, time: number): boolean {
    const file = statSync(this.path(id), { throwIfNoEntry: false })
    return file === undefined || file.mtimeMs < time
  }

  /**
   * Removes a blob unless somebody put it again since `before` (epoch milliseconds), also while this goes on; returns its bytes, null if
   * it stays or was not there. Whoever puts it after that writes it anew.
   */
  async remove(id: BlobId, before: number): Promise<number | null> {
    const leaving = path.join(this.folder, 'tmp', `${LEAVING}${id}`)
    await mkdir(path.dirname(leaving), { recursive: true })
    try {
      await rename(this.path(id), leaving)
    } catch (error) {
      if (isCode(error, 'ENOENT')) return null
      throw error
    }
    const { size, mtimeMs } = await stat(leaving)
    if (mtimeMs >= before) {
      await rename(leaving, this.path(id))
      return null
    }
    await rm(leaving)
    return size
  }

  /**
   * Stores the bytes under their hash; a second put of the same bytes only notes the time, which keeps them from being removed.
   * Throws `bad_input` when the bytes are plainly not of the kind `mime` claims, `disk_full` when the disk is.
   */
  async put(bytes: Uint8Array, mime: string): Promise<BlobId> {
    const found = mimeOfBytes(bytes)
    if (mime.startsWith('image/') && found !== mime) {
      throw new SightlineError('bad_input', `these bytes are not ${mime}${found === null ? '' : ` but ${found}`}`, { advice: 'store pictures as PNG, JPEG or WebP' })
    }
    const id = blobIdOf(bytes)
    const target = this.path(id)
    if (await this.#touch(id)) return id
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

  /**
   * Removes what a killed program left in the temporary folder, and puts back what was leaving, as nobody can tell why; returns how many
   * files went. `now` in epoch milliseconds.
   */
  sweep(now: number): number {
    const folder = path.join(this.folder, 'tmp')
    if (!existsSync(folder)) return 0
    const names = readdirSync(folder)
    for (const name of names.filter((each) => each.startsWith(LEAVING))) renameSync(path.join(folder, name), this.path(BlobId.parse(name.slice(LEAVING.length))))
    const stale = names.filter((name) => !name.startsWith(LEAVING)).map((name) => path.join(folder, name)).filter((file) => now - statSync(file).mtimeMs >= STALE_MILLISECONDS)
    for (const file of stale) rmSync(file, { force: true })
    return stale.length
  }

  /** Notes that the blob is wanted now; false where there is none. One of a folder that may not be changed cannot be removed either. */
  async #touch(id: BlobId): Promise<boolean> {
    const now = new Date()
    try {
      await utimes(this.path(id), now, now)
      return true
    } catch (error) {
      if (isCode(error, 'ENOENT')) return false
      if (isCode(error, 'EPERM') || isCode(error, 'EACCES') || isCode(error, 'EROFS')) return this.has(id)
      throw error
    }
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
