import { createHash } from 'node:crypto'
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { cpus } from 'node:os'
import { join } from 'node:path'
import { SightlineError } from '#shared/domain/errors.ts'
import type { Checkpoint } from '#shared/domain/checkpoint.ts'
import type { DatasetVersion } from '#shared/domain/datasetVersion.ts'
import type { TrainingRun } from '#shared/domain/trainingRun.ts'
import { programVersion } from './workshop.ts'

/** Everything a run's result depends on, as `manifest.json` in its folder holds it. */
export interface RunManifest {
  run: TrainingRun
  dataset: DatasetVersion
  startCheckpoint: Checkpoint
  /** SHA-256 of the prompt's and the drawing style's files. */
  promptHash: string
  drawStyleHash: string
  version: string
  node: string
  device: string
  threads: number
}

/** Path of a named prompt or drawing style. @throws SightlineError `not_found` for a name that is no plain file name */
export function resourceFile(resources: string, kind: 'prompts' | 'drawStyles', name: string): string {
  if (!/^[A-Za-z0-9_-]{1,64}$/.test(name)) throw new SightlineError('not_found', `"${name}" is not a name of one of the ${kind}`)
  return join(resources, kind, `${name}.json`)
}

/** SHA-256 of a prompt's or style's file. @throws SightlineError `not_found` */
export async function resourceHash(resources: string, kind: 'prompts' | 'drawStyles', name: string): Promise<string> {
  const file = resourceFile(resources, kind, name)
  const bytes = await readFile(file).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error
    throw new SightlineError('not_found', `There is no "${name}" among the ${kind}`, { where: file, cause: error })
  })
  return createHash('sha256').update(bytes).digest('hex')
}

export function deviceName(): string {
  return `CPU (${cpus()[0]?.model.trim() ?? 'unknown'})`
}

/** Writes the run's manifest before its engine starts. */
export async function writeManifest(
  folder: string, resources: string, threads: number, parts: Pick<RunManifest, 'run' | 'dataset' | 'startCheckpoint'>
): Promise<void> {
  const manifest: RunManifest = {
    ...parts,
    promptHash: await resourceHash(resources, 'prompts', parts.run.prompt),
    drawStyleHash: await resourceHash(resources, 'drawStyles', parts.run.drawStyle),
    version: programVersion(),
    node: process.version,
    device: deviceName(),
    threads
  }
  await mkdir(folder, { recursive: true })
  await writeFile(join(folder, 'manifest.json.part'), `${JSON.stringify(manifest, null, 2)}\n`)
  await rename(join(folder, 'manifest.json.part'), join(folder, 'manifest.json'))
}
