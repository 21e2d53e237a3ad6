import { readFile, realpath, stat } from 'node:fs/promises'
import path from 'node:path'
import { SightlineError } from '#shared/domain/errors.ts'
import { ImageRef, type ImageOrigin } from '#shared/domain/imageRef.ts'
import { mimeOfBytes } from '../../blobs/mime.ts'
import { decodeImage, encodePng } from '../../image/codec.ts'
import { recordVideo } from '../../store/media.ts'
import type { ProjectWriter } from '../../store/project.ts'
import { sampleFrames } from '../video.ts'

/** Frames a video becomes (METHOD.md section 1). */
export const FRAMES = 16

const VIDEO_SUFFIXES = ['.mp4', '.m4v', '.mov', '.webm', '.mkv', '.avi', '.mpg', '.mpeg', '.ts', '.flv', '.wmv']
const STORED_AS_IS = ['image/png', 'image/jpeg', 'image/webp']

interface Picture {
  bytes: Uint8Array
  mime: string
  width: number
  height: number
  origin: ImageOrigin
}

export function isVideoPath(file: string): boolean {
  return VIDEO_SUFFIXES.includes(path.extname(file).toLowerCase())
}

/**
 * Brings the pictures and videos of an import's records into a project. A file used by many records is read once.
 * Only files really below `root` (symbolic links resolved) are read.
 */
export class MediaFiles {
  readonly #project: ProjectWriter
  readonly #root: string
  readonly #done = new Map<string, ImageRef[]>()

  constructor(project: ProjectWriter, root: string) {
    this.#project = project
    this.#root = root
  }

  /**
   * The pictures of a record, videos as frames, all stored; nothing is stored when one of them is bad. Throws
   * `outside_project`, `not_found`, `unreadable_file`, `unsupported`, each with the record's own path in `where`.
   */
  async load(paths: readonly string[], signal?: AbortSignal): Promise<ImageRef[]> {
    const files = await Promise.all(paths.map((name) => this.#resolve(name)))
    const pictures: { file: string; name: string; found: Picture[] | null }[] = []
    for (const [i, file] of files.entries()) {
      signal?.throwIfAborted()
      const name = paths[i] ?? file
      pictures.push({ file, name, found: this.#done.has(file) ? null : await readPictures(file, name, signal) })
    }
    const stored: ImageRef[] = []
    for (const { file, name, found } of pictures) {
      const images = this.#done.get(file) ?? await this.#store(file, name, found ?? [])
      this.#done.set(file, images)
      stored.push(...images)
    }
    return stored
  }

  async #resolve(name: string): Promise<string> {
    const wanted = path.resolve(this.#root, name)
    if (path.isAbsolute(name) || !isInside(this.#root, wanted)) throw outside(name)
    const real = await realpath(wanted).catch((cause: unknown) => {
      throw new SightlineError('not_found', `the file ${name} does not exist`, { where: name, cause })
    })
    if (!isInside(this.#root, real)) throw outside(name)
    if (!(await stat(real)).isFile()) throw new SightlineError('unreadable_file', `${name} is not a file`, { where: name })
    return real
  }

  async #store(file: string, name: string, found: readonly Picture[]): Promise<ImageRef[]> {
    const images: ImageRef[] = []
    for (const { bytes, mime, width, height, origin } of found) {
      images.push(ImageRef.parse({ blob: await this.#project.blobs.put(bytes, mime), width, height, mime, origin }))
    }
    if (isVideoPath(file)) {
      const bytes = await readFile(file)
      const mime = mimeOfBytes(bytes) ?? 'application/octet-stream'
      recordVideo(this.#project, { blob: await this.#project.blobs.put(bytes, mime), name, mime, bytes: bytes.length })
    }
    return images
  }
}

async function readPictures(file: string, name: string, signal: AbortSignal | undefined): Promise<Picture[]> {
  if (isVideoPath(file)) {
    const { frames, decoder } = await sampleFrames(file, FRAMES, signal)
    return Promise.all(frames.map(async ({ seconds, image }) => ({
      bytes: await encodePng(image), mime: 'image/png', width: image.width, height: image.height,
      origin: { kind: 'frame', video: name, seconds, decoder }
    })))
  }
  const bytes = await readFile(file).catch((cause: unknown) => {
    throw new SightlineError('unreadable_file', `${name} cannot be read`, { where: name, advice: 'check its permissions', cause })
  })
  const raw = await decodeImage(bytes, name)
  const found = mimeOfBytes(bytes)
  const asIs = found !== null && STORED_AS_IS.includes(found)
  return [{
    bytes: asIs ? bytes : await encodePng(raw), mime: asIs ? found : 'image/png', width: raw.width, height: raw.height, origin: { kind: 'file', name }
  }]
}

function isInside(root: string, file: string): boolean {
  const relative = path.relative(root, file)
  return relative !== '' && relative.split(path.sep)[0] !== '..' && !path.isAbsolute(relative)
}

function outside(name: string): SightlineError {
  return new SightlineError('outside_project', `the path ${name} leaves the folder of the record file`, { where: name, advice: 'put the pictures beside the record file' })
}
