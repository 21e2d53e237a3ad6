import { createHash } from 'node:crypto'
import type { BlobId } from '#shared/domain/ids.ts'
import type { ImageOrigin, ImageRef } from '#shared/domain/imageRef.ts'
import type { BlobStore } from '../blobs/blobStore.ts'
import { decodeImage, encodePng } from '../image/codec.ts'
import type { RawImage } from '../image/rawImage.ts'

/** Decoded pictures kept in memory at most, in bytes. */
const CACHE_BYTES = 192 * 1024 * 1024

/** A job's way to pixels: decodes each stored picture once, stores each new one once. */
export class Pictures {
  readonly #blobs: Pick<BlobStore, 'get' | 'put'>
  readonly #decoded = new Map<BlobId, RawImage>()
  readonly #stored = new Map<string, BlobId>()
  #bytes = 0

  constructor(blobs: Pick<BlobStore, 'get' | 'put'>) {
    this.#blobs = blobs
  }

  /** Pixels of a stored picture at its own size. */
  async raw(ref: ImageRef): Promise<RawImage> {
    const known = this.#decoded.get(ref.blob)
    if (known !== undefined) {
      // Back to the end of the map: the first entries are the least recently used ones.
      this.#decoded.delete(ref.blob)
      this.#decoded.set(ref.blob, known)
      return known
    }
    const raw = await decodeImage(await this.#blobs.get(ref.blob))
    this.#keep(ref.blob, raw)
    return raw
  }

  /** Stores a picture as PNG (rollouts of a group draw the same ones again and again: those cost nothing). */
  async put(raw: RawImage, origin: ImageOrigin): Promise<ImageRef> {
    const key = createHash('sha256').update(`${raw.width}x${raw.height}:`).update(raw.data).digest('base64')
    let blob = this.#stored.get(key)
    if (blob === undefined) {
      blob = await this.#blobs.put(await encodePng(raw), 'image/png')
      this.#stored.set(key, blob)
      this.#keep(blob, raw)
    }
    return { blob, width: raw.width, height: raw.height, mime: 'image/png', origin }
  }

  #keep(blob: BlobId, raw: RawImage): void {
    if (this.#decoded.has(blob)) return
    this.#decoded.set(blob, raw)
    this.#bytes += raw.data.length
    for (const [oldest, image] of this.#decoded) {
      if (this.#bytes <= CACHE_BYTES || oldest === blob) break
      this.#decoded.delete(oldest)
      this.#bytes -= image.data.length
    }
  }
}
