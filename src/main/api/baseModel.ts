import { existsSync } from 'node:fs'
import { cp, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import type { Checkpoint } from '#shared/domain/checkpoint.ts'
import { CheckpointId, newId } from '#shared/domain/ids.ts'
import { openWeights } from '../runtime/weightFiles.ts'
import { insertCheckpoint, listCheckpoints } from '../store/checkpoints.ts'
import type { ProjectReader, ProjectWriter } from '../store/project.ts'

const WEIGHTS = 'model.safetensors'
const EMBEDDED = /^models\/pocket-[0-9a-f]{8}$/

/** The newest embedded model of a project; where it has none, the newest model that no run of it made. */
export function baseCheckpoint(project: ProjectReader): Checkpoint | null {
  const bases = listCheckpoints(project).filter((checkpoint) => checkpoint.runId === null).sort((a, b) => b.createdAt.localeCompare(a.createdAt))
  return bases.find((checkpoint) => EMBEDDED.test(checkpoint.folder)) ?? bases[0] ?? null
}

/** Copies the embedded model into the project and registers it, unless the project has it; null when none ships. */
export async function registerEmbeddedModel(project: ProjectWriter, resources: string): Promise<Checkpoint | null> {
  const source = join(resources, 'pocket')
  if (!existsSync(join(source, WEIGHTS))) return null
  const { hash, parameters } = await weightsOf(source)
  const known = listCheckpoints(project).find((checkpoint) => checkpoint.hash === hash && checkpoint.runId === null)
  if (known && existsSync(join(project.folder, known.folder, WEIGHTS))) return known
  const folder = `models/pocket-${hash.slice(0, 8)}`
  const target = join(project.folder, folder)
  await rm(`${target}.part`, { recursive: true, force: true })
  await cp(source, `${target}.part`, { recursive: true })
  await rm(target, { recursive: true, force: true })
  await rename(`${target}.part`, target)
  if (known) return known
  const checkpoint: Checkpoint = {
    id: newId(CheckpointId), name: 'pocket', runId: null, step: null, folder, hash, family: await familyOf(target), parameters,
    createdAt: new Date().toISOString()
  }
  insertCheckpoint(project, checkpoint)
  return checkpoint
}

/** @throws SightlineError `bad_checkpoint` */
async function weightsOf(folder: string): Promise<{ hash: string; parameters: number }> {
  const weights = await openWeights(folder)
  try {
    return { hash: await weights.hash(), parameters: weights.parameters }
  } finally {
    await weights.close()
  }
}

async function familyOf(folder: string): Promise<string> {
  return z.object({ model_type: z.string() }).parse(JSON.parse(await readFile(join(folder, 'config.json'), 'utf8'))).model_type
}
