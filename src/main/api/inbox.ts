import { randomUUID } from 'node:crypto'
import { constants } from 'node:fs'
import { mkdir, open, realpath, rename, rm } from 'node:fs/promises'
import { dirname, join, sep } from 'node:path'
import { SightlineError } from '#shared/domain/errors.ts'

export const INBOX = 'inbox'
const MAX_SEGMENTS = 32

/**
 * Splits the part of an upload's URL after `/inbox/` into checked path segments (decoded).
 * @throws SightlineError `outside_project` for anything that could leave the inbox or name a device.
 */
export function inboxSegments(encoded: string): string[] {
  const segments = encoded.split('/').map(decodeSegment)
  const bad = segments.find((part) => !safeSegment(part))
  if (bad !== undefined || segments.length < 2 || segments.length > MAX_SEGMENTS) {
    throw new SightlineError('outside_project', 'An upload must name a batch and a file inside it', {
      where: encoded.slice(0, 200),
      advice: 'Use plain folder and file names'
    })
  }
  return segments
}

function decodeSegment(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch (error) {
    if (error instanceof URIError) return ''
    throw error
  }
}

function safeSegment(part: string): boolean {
  // Control characters, separators and drive colons never belong in a name; a trailing dot or blank is dropped by Windows.
  return part !== '' && part !== '.' && part !== '..' && part.length <= 200 && !/[\u0000-\u001f\\/:]|[. ]$/.test(part)
}

/**
 * Streams an uploaded file to `<project>/inbox/<segments>`: temp file, fsync, rename. Folders are followed only as long as
 * they really lie inside the inbox, so a symbolic link placed there leads nowhere.
 * @returns the path inside the project, with forward slashes
 * @throws SightlineError `bad_input` beyond maxBytes, `outside_project` through a link
 */
export async function receiveUpload(
  projectFolder: string, segments: string[], body: ReadableStream<Uint8Array> | null, maxBytes: number
): Promise<string> {
  const inbox = join(projectFolder, INBOX)
  await mkdir(inbox, { recursive: true })
  const target = join(inbox, ...segments)
  const folder = dirname(target)
  await ensureInside(await realpath(inbox), inbox, segments.slice(0, -1))
  const temporary = join(folder, `.upload-${randomUUID()}`)
  try {
    await writeCapped(temporary, body, maxBytes)
    await rename(temporary, target)
  } finally {
    await rm(temporary, { force: true })
  }
  return [INBOX, ...segments].join('/')
}

async function ensureInside(root: string, inbox: string, folders: string[]): Promise<void> {
  let at = inbox
  for (const folder of folders) {
    at = join(at, folder)
    await mkdir(at, { recursive: true })
    if (!(await realpath(at)).startsWith(root + sep)) {
      throw new SightlineError('outside_project', 'The upload would leave the project through a symbolic link', { where: folder })
    }
  }
}

async function writeCapped(path: string, body: ReadableStream<Uint8Array> | null, maxBytes: number): Promise<void> {
  const file = await open(path, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, 0o600)
  try {
    let written = 0
    for await (const chunk of body ?? []) {
      written += chunk.byteLength
      if (written > maxBytes) {
        throw new SightlineError('bad_input', `The file is larger than ${maxBytes} bytes`, { advice: 'Split it, or put it into the project folder by hand' })
      }
      await file.write(chunk)
    }
    await file.sync()
  } finally {
    await file.close()
  }
}
