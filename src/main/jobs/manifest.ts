import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { createReadStream, existsSync } from 'node:fs'
import { mkdir, open, readFile, rename } from 'node:fs/promises'
import { cpus } from 'node:os'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { promisify } from 'node:util'
import type { DeviceName } from '#shared/domain/device.ts'
import { SightlineError } from '#shared/domain/errors.ts'
import { type FrozenFile, lastDevice, RunManifest } from '#shared/domain/runManifest.ts'
import { programFolder, programVersion } from './workshop.ts'

const FILE = 'manifest.json'

/** Path of a named prompt or drawing style. @throws SightlineError `not_found` for a name that is no plain file name */
export function resourceFile(resources: string, kind: 'prompts' | 'drawStyles', name: string): string {
  if (!/^[A-Za-z0-9_-]{1,64}$/.test(name)) throw new SightlineError('not_found', `"${name}" is not a name of one of the ${kind}`)
  return join(resources, kind, `${name}.json`)
}

/** A prompt's or style's file as it is now. @throws SightlineError `not_found` */
export async function frozenFile(resources: string, kind: 'prompts' | 'drawStyles', name: string): Promise<FrozenFile> {
  const file = resourceFile(resources, kind, name)
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error
    throw new SightlineError('not_found', `There is no "${name}" among the ${kind}`, { where: file, cause: error })
  })
  return { name, text, hash: createHash('sha256').update(text).digest('hex') }
}

export function deviceName(): string {
  return `CPU (${cpus()[0]?.model.trim() ?? 'unknown'})`
}

/**
 * Writes the run's manifest before its engine first starts; later starts of the run leave it as it is.
 * @throws SightlineError `conflict` when the prompt, the style or the data of a run that goes on are no longer what it began with
 */
export async function writeManifest(
  folder: string, resources: string, threads: number, parts: Pick<RunManifest, 'run' | 'dataset' | 'leakage' | 'startCheckpoint' | 'runsOn'>
): Promise<RunManifest> {
  const manifest: RunManifest = {
    ...parts,
    datasetFileHash: await fileHash(join(folder, 'dataset.jsonl')),
    prompt: await frozenFile(resources, 'prompts', parts.run.prompt),
    drawStyle: await frozenFile(resources, 'drawStyles', parts.run.drawStyle),
    version: programVersion(),
    revision: await programRevision(),
    node: process.version,
    device: deviceName(),
    threads,
    moved: []
  }
  const known = await readManifest(folder)
  if (known !== null) return sameInputs(known, manifest, folder)
  await mkdir(folder, { recursive: true })
  await replaceManifest(folder, manifest)
  return manifest
}

/** Notes what a run goes on with, if that is another device than before. */
export async function noteDevice(folder: string, to: DeviceName): Promise<void> {
  const manifest = await readManifest(folder)
  if (manifest === null || lastDevice(manifest) === to) return
  await replaceManifest(folder, { ...manifest, moved: [...manifest.moved, { to, at: new Date().toISOString() }] })
}

async function replaceManifest(folder: string, manifest: RunManifest): Promise<void> {
  const handle = await open(join(folder, `${FILE}.part`), 'w')
  try {
    await handle.writeFile(`${JSON.stringify(manifest, null, 2)}\n`)
    await handle.sync()
  } finally {
    await handle.close()
  }
  await rename(join(folder, `${FILE}.part`), join(folder, FILE))
}

/** The manifest in a run's folder; null where the run has not begun. */
export async function readManifest(folder: string): Promise<RunManifest | null> {
  const text = await readFile(join(folder, FILE), 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null
    throw error
  })
  if (text === null) return null
  const parsed = RunManifest.safeParse(JSON.parse(text))
  if (parsed.success) return parsed.data
  throw new SightlineError('unreadable_file', 'The manifest of this run was written by another version of the program', {
    where: join(folder, FILE), advice: 'start a new run from its checkpoint'
  })
}

function sameInputs(known: RunManifest, now: RunManifest, folder: string): RunManifest {
  const changed = [
    ...(known.datasetFileHash === now.datasetFileHash ? [] : ['the frozen data']),
    ...(known.startCheckpoint.hash === now.startCheckpoint.hash ? [] : ['the starting checkpoint']),
    ...(known.prompt.hash === now.prompt.hash ? [] : [`the prompt "${now.prompt.name}"`]),
    ...(known.drawStyle.hash === now.drawStyle.hash ? [] : [`the drawing style "${now.drawStyle.name}"`])
  ]
  if (changed.length === 0) return known
  throw new SightlineError('conflict', `This run cannot go on: ${changed.join(' and ')} changed since it began`, {
    where: join(folder, FILE), advice: 'start a new run with this one as its parent'
  })
}

async function fileHash(path: string): Promise<string> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(path), hash)
  return hash.digest('hex')
}

/** The checkout's commit, with a plus when files differ from it; null for an installed program. */
async function programRevision(): Promise<string | null> {
  if (!existsSync(join(programFolder(), '.git'))) return null
  const git = async (...words: string[]): Promise<string> => (await promisify(execFile)('git', words, { cwd: programFolder() })).stdout.trim()
  try {
    return `${await git('rev-parse', 'HEAD')}${await git('status', '--porcelain', '--untracked-files=no', '--', 'src', 'resources') === '' ? '' : '+'}`
  } catch (error) {
    // No git on this machine, or a folder it does not trust: the version has to do.
    if (error instanceof Error && 'code' in error) return null
    throw error
  }
}
