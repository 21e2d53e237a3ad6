import { createHash } from 'node:crypto'
import { createReadStream, existsSync } from 'node:fs'
import { cp, open, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { SightlineError } from '#shared/domain/errors.ts'
import type { Checkpoint } from '#shared/domain/checkpoint.ts'
import { CheckpointId, newId } from '#shared/domain/ids.ts'
import { insertCheckpoint, listCheckpoints } from '../store/checkpoints.ts'
import type { ProjectReader, ProjectWriter } from '../store/project.ts'

const WEIGHTS = 'model.safetensors'
const MAX_HEADER_BYTES = 16 * 2 ** 20

/** The newest model of a project that no run of it made. */
export function baseCheckpoint(project: ProjectReader): Checkpoint | null {
  const bases = listCheckpoints(project).filter((checkpoint) => checkpoint.runId === null)
  return bases.sort((a, b) => b.createdAt.localeCompare(a.createdAt))[0] ?? null
}

/** Copies the embedded model into the project and registers it, unless the project has it; null when none ships. */
export async function registerEmbeddedModel(project: ProjectWriter, resources: string): Promise<Checkpoint | null> {
  const source = join(resources, 'pocket')
  if (!existsSync(join(source, WEIGHTS))) return null
  const hash = await fileHash(join(source, WEIGHTS))
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
    id: newId(CheckpointId), name: 'pocket', runId: null, step: null, folder, hash, family: await familyOf(target),
    parameters: await countParameters(join(target, WEIGHTS)), createdAt: new Date().toISOString()
  }
  insertCheckpoint(project, checkpoint)
  return checkpoint
}

async function familyOf(folder: string): Promise<string> {
  return z.object({ model_type: z.string() }).parse(JSON.parse(await readFile(join(folder, 'config.json'), 'utf8'))).model_type
}

async function fileHash(file: string): Promise<string> {
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer)
  return hash.digest('hex')
}

const Header = z.record(z.string(), z.object({ shape: z.array(z.int().nonnegative()).optional() }))

/** Number of weights in a safetensors file, from its header alone. @throws SightlineError `bad_checkpoint` */
export async function countParameters(file: string): Promise<number> {
  const handle = await open(file, 'r')
  try {
    const { buffer: prefix } = await handle.read(Buffer.alloc(8), 0, 8, 0)
    const length = Number(prefix.readBigUInt64LE())
    if (length > MAX_HEADER_BYTES) throw new SightlineError('bad_checkpoint', 'The header of the weights file is implausibly long', { where: file })
    const { buffer } = await handle.read(Buffer.alloc(length), 0, length, 8)
    const header = Header.parse(JSON.parse(buffer.toString('utf8')))
    return Object.values(header).reduce((sum, { shape }) => sum + (shape?.reduce((product, side) => product * side, 1) ?? 0), 0)
  } finally {
    await handle.close()
  }
}
