import { rm } from 'node:fs/promises'
import type { ImageRef } from '#shared/domain/imageRef.ts'
import { SightlineError } from '#shared/domain/errors.ts'
import { BlobStore } from '../../blobs/blobStore.ts'
import { imageSize } from '../../image/codec.ts'
import { OpenAiError } from './openAiError.ts'

const HEADER = /^data:(image\/(?:png|jpeg|webp));base64$/

/** Pictures of requests, kept apart from the project's own until the program starts again; the same picture sent again is free. */
export class RequestPictures {
  readonly #store: BlobStore
  #emptied: Promise<void> | null = null

  constructor(folder: string) {
    this.#store = new BlobStore(folder)
  }

  /** Stores the picture of a data URI; nothing is ever fetched. @throws OpenAiError 400 naming `param` */
  async put(uri: string, param: string): Promise<ImageRef> {
    const comma = uri.indexOf(',')
    const mime = HEADER.exec(uri.slice(0, Math.max(0, comma)))?.[1]
    if (mime !== 'image/png' && mime !== 'image/jpeg' && mime !== 'image/webp') {
      throw new OpenAiError(400, `${param}: pictures must be data URIs, as in data:image/png;base64,... (PNG, JPEG or WebP)`, { param: 'messages' })
    }
    this.#emptied ??= rm(this.#store.folder, { recursive: true, force: true })
    await this.#emptied
    const bytes = new Uint8Array(Buffer.from(uri.slice(comma + 1), 'base64'))
    try {
      const { width, height } = await imageSize(bytes, param)
      return { blob: await this.#store.put(bytes, mime), width, height, mime, origin: { kind: 'file', name: param } }
    } catch (error) {
      if (!(error instanceof SightlineError) || error.code === 'disk_full') throw error
      throw new OpenAiError(400, `${param}: ${error.message}`, { param: 'messages' })
    }
  }
}
