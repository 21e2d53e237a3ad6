import { existsSync } from 'node:fs'
import { join, relative, sep } from 'node:path'
import type { Checkpoint } from '#shared/domain/checkpoint.ts'
import { CheckpointId, newId } from '#shared/domain/ids.ts'
import type { RunId } from '#shared/domain/ids.ts'
import { fileHash } from '../runtime/weightFiles.ts'
import type { Workbench } from './workbench.ts'

export interface CheckpointRequest {
  projectFolder: string
  runFolder: string
  runId: RunId
  step: number
  stage: string
  /** The run's last one, which replaces its states. */
  finished: boolean
  /** Higher is better; left out where nothing was measured. */
  score?: number | undefined
}

/**
 * Writes the policy as a Hugging Face folder below the run's folder and describes it as a record. All but the last one's folder
 * are named by their step; a folder that is there already was written whole by an engine that died after it, at the same step of
 * the same run, and stays as it is.
 */
export async function writeCheckpoint(bench: Workbench, of: CheckpointRequest): Promise<Checkpoint> {
  const folder = join(of.runFolder, of.finished ? 'checkpoint' : `checkpoint-${of.step}`)
  const hash = existsSync(folder) ? await fileHash(join(folder, 'model.safetensors')) : (await bench.policy.save(folder)).hash
  return {
    id: newId(CheckpointId), name: `${of.stage} step ${of.step}`, runId: of.runId, step: of.step,
    folder: relative(of.projectFolder, folder).split(sep).join('/'),
    hash, family: bench.checkpoint.family, parameters: bench.checkpoint.parameters, createdAt: new Date().toISOString(),
    ...(of.score === undefined ? {} : { score: of.score })
  }
}
