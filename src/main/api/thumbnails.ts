import { randomUUID } from 'node:crypto'
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { BlobId } from '#shared/domain/ids.ts'
import type { BlobStore } from '../blobs/blobStore.ts'
import { thumbnailFolder } from '../blobs/thumbnailFolder.ts'
import { makeThumbnail } from '../image/codec.ts'

/** Sides that are kept; a wish in between gets the next larger one, so that the cache cannot be flooded. */
const SIDES = [64, 96, 128, 192, 256, 384, 512] as const

/** Small copies of blobs, made once and kept below `cache/` (safe to delete at any time). */
export class Thumbnails {
  readonly #projectFolder: string
  readonly #blobs: BlobStore
  readonly #making = new Map<string, Promise<Uint8Array>>()

  constructor(projectFolder: string, blobs: BlobStore) {
    this.#projectFolder = projectFolder
    this.#blobs = blobs
  }

  /** @param side longest side wanted, in pixels. */
  async get(id: BlobId, side: number): Promise<Uint8Array> {
    const kept = SIDES.find((each) => each >= side) ?? SIDES[SIDES.length - 1] ?? 512
    const path = join(thumbnailFolder(this.#projectFolder, id), `${id}-${kept}`)
    const found = await readFile(path).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return null
      throw error
    })
    return found ?? (await this.#make(id, kept, path))
  }

  #make(id: BlobId, side: number, path: string): Promise<Uint8Array> {
    const running = this.#making.get(path)
    if (running) return running
    const made = this.#write(id, side, path).finally(() => this.#making.delete(path))
    this.#making.set(path, made)
    return made
  }

  async #write(id: BlobId, side: number, path: string): Promise<Uint8Array> {
    const bytes = await makeThumbnail(await this.#blobs.get(id), side)
    await mkdir(join(path, '..'), { recursive: true })
    const temporary = `${path}.${randomUUID()}`
    try {
      await writeFile(temporary, bytes)
      await rename(temporary, path)
    } finally {
      await rm(temporary, { force: true })
    }
    return bytes
  }
}
