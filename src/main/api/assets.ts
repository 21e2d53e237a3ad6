import { Hono, type Context } from 'hono'
import { SightlineError } from '#shared/domain/errors.ts'
import { BlobId } from '#shared/domain/ids.ts'
import type { BlobStore } from '../blobs/blobStore.ts'
import { mimeOfBytes } from '../blobs/mime.ts'
import { securityHeaders } from './headers.ts'
import { inboxSegments, receiveUpload } from './inbox.ts'
import { rendererFile } from './rendererFiles.ts'
import { Thumbnails } from './thumbnails.ts'

export interface AssetOptions {
  projectFolder: string
  blobs: BlobStore
  /** Folder of the built renderer; null serves no pages (tests, command line). */
  rendererFolder: string | null
  maxUploadBytes?: number
}

const FOREVER = 'private, max-age=31536000, immutable'
const DEFAULT_MAX_UPLOAD = 4 * 2 ** 30
const DEFAULT_THUMBNAIL = 128

/**
 * Pictures, uploads and the renderer's files: the same handler for the custom scheme in Electron and for HTTP.
 * Who may ask is the door's business (`serve` checks host, origin and token before it gets here).
 */
export function createAssets(options: AssetOptions): Hono {
  const thumbnails = new Thumbnails(options.projectFolder, options.blobs)
  const app = new Hono()
  app.use(securityHeaders)
  app.onError((error, context) => {
    if (!(error instanceof SightlineError)) throw error
    return context.json(error.toRecord(), statusOf(error))
  })

  app.get('/blob/:id', async (context) => {
    const id = await knownBlob(context, options.blobs)
    return id === null ? missing(context) : picture(context, await options.blobs.get(id))
  })

  app.get('/thumbnail/:id', async (context) => {
    const id = await knownBlob(context, options.blobs)
    const side = Number(context.req.query('side') ?? DEFAULT_THUMBNAIL)
    if (id === null || !Number.isFinite(side)) return missing(context)
    return picture(context, await thumbnails.get(id, side))
  })

  app.put('/inbox/*', async (context) => {
    const segments = inboxSegments(new URL(context.req.url).pathname.replace(/^\/inbox\//, ''))
    const limit = options.maxUploadBytes ?? DEFAULT_MAX_UPLOAD
    if (Number(context.req.header('content-length') ?? 0) > limit) {
      throw new SightlineError('bad_input', `The file is larger than ${limit} bytes`, { where: segments.join('/') })
    }
    const path = await receiveUpload(options.projectFolder, segments, context.req.raw.body, limit)
    return context.json({ path }, 201)
  })

  app.get('/*', async (context) => {
    const file = options.rendererFolder && (await rendererFile(options.rendererFolder, context.req.path))
    if (!file) return missing(context)
    return context.body(file.bytes, 200, { 'content-type': file.type, 'cache-control': file.immutable ? FOREVER : 'no-cache' })
  })
  return app
}

async function knownBlob(context: Context, blobs: BlobStore): Promise<BlobId | null> {
  const id = BlobId.safeParse(context.req.param('id'))
  return id.success && (await blobs.has(id.data)) ? id.data : null
}

function picture(context: Context, bytes: Uint8Array): Response {
  // By the bytes themselves: a blob has no name, and a picture must never be served as a page.
  const type = mimeOfBytes(bytes) ?? 'application/octet-stream'
  return context.body(new Uint8Array(bytes), 200, { 'content-type': type, 'cache-control': FOREVER })
}

function missing(context: Context): Response {
  return context.json({ code: 'not_found', message: 'There is nothing at this address' }, 404)
}

function statusOf(error: SightlineError): 400 | 403 | 404 | 413 | 422 {
  if (error.code === 'outside_project') return 403
  if (error.code === 'not_found') return 404
  return error.code === 'bad_input' ? 413 : 422
}
