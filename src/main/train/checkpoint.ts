import { join, relative, sep } from 'node:path'
import type { Checkpoint } from '#shared/domain/checkpoint.ts'
import { CheckpointId, newId } from '#shared/domain/ids.ts'
import type { RunId } from '#shared/domain/ids.ts'
import type { Workbench } from './workbench.ts'

/**
 * Writes the policy as a Hugging Face folder below the run's folder and describes it as a record. A stopped run's folder is
 * named by its step, so that going on never changes what that record points at.
 */
export async function writeCheckpoint(
  bench: Workbench, of: { projectFolder: string; runFolder: string; runId: RunId; step: number; stage: string; finished: boolean }
): Promise<Checkpoint> {
  const folder = join(of.runFolder, of.finished ? 'checkpoint' : `checkpoint-${of.step}`)
  const { hash } = await bench.policy.save(folder)
  return {
    id: newId(CheckpointId), name: `${of.stage} step ${of.step}`, runId: of.runId, step: of.step,
    folder: relative(of.projectFolder, folder).split(sep).join('/'),
    hash, family: bench.checkpoint.family, parameters: bench.checkpoint.parameters, createdAt: new Date().toISOString()
  }
}
