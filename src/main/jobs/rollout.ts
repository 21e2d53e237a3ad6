import { join } from 'node:path'
import type { RolloutRequest } from '#shared/contract/trajectories.ts'
import { type CheckpointId, JobId, newId } from '#shared/domain/ids.ts'
import { defaultSampling, pixelLimits } from '#shared/domain/samplingLimits.ts'
import { getCheckpoint } from '../store/checkpoints.ts'
import { getItem } from '../store/items.ts'
import { getRun } from '../store/runs.ts'
import { runEngineJob } from './engineJob.ts'
import { freezeData } from './frozenData.ts'
import type { Workshop } from './workshop.ts'

/** Prompt preset and drawing style by name. */
export interface Manner {
  prompt: string
  drawStyle: string
}

/** Models below this size are ours: they know the short prompt and the thin style only. */
const TINY_PARAMETERS = 50_000_000

/** How a checkpoint is asked when the request does not say: as its run taught it, or as a model of its size is used. */
export function mannerOf({ project }: Workshop, id: CheckpointId): Manner {
  const { runId, parameters } = getCheckpoint(project, id)
  if (runId !== null) {
    const { prompt, drawStyle } = getRun(project, runId)
    return { prompt, drawStyle }
  }
  const name = parameters < TINY_PARAMETERS ? 'pocket' : 'vilasr'
  return { prompt: name, drawStyle: name }
}

/** Queues rollouts of a checkpoint on chosen items. @throws SightlineError `not_found` for an unknown item or checkpoint */
export function startRollout(workshop: Workshop, request: RolloutRequest, manner: Manner): { jobId: JobId } {
  const { project } = workshop
  const checkpoint = getCheckpoint(project, request.checkpointId)
  const members = new Map(request.itemIds.map((id) => [getItem(project, id).id, []]))
  const jobId = newId(JobId)
  workshop.runner.submit({
    id: jobId,
    kind: 'rollout',
    title: `Roll out ${members.size} x ${request.samplesPerItem} with ${checkpoint.name}`,
    lane: 'engine',
    runId: null,
    work: async (context) => {
      const dataset = join(project.folder, 'jobs', jobId, 'dataset.jsonl')
      await freezeData(project, dataset, members, context.stop)
      const { outcome } = await runEngineJob(workshop, context, {
        kind: 'rollout', projectFolder: project.folder, dataset, checkpoint, ...manner, threads: workshop.threads, pixels: pixelLimits(checkpoint, 'training'),
        sampling: defaultSampling(checkpoint, { temperature: request.temperature, seed: request.seed }), samplesPerItem: request.samplesPerItem
      })
      return outcome.kind === 'stopped' ? 'stopped' : outcome.summary
    }
  })
  return { jobId }
}
