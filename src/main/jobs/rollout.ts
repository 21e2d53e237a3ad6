import { join } from 'node:path'
import type { ContinueRequest, RolloutRequest } from '#shared/contract/trajectories.ts'
import type { Checkpoint } from '#shared/domain/checkpoint.ts'
import { SightlineError } from '#shared/domain/errors.ts'
import { type CheckpointId, JobId, newId } from '#shared/domain/ids.ts'
import { defaultSampling, pixelLimits } from '#shared/domain/samplingLimits.ts'
import { getCheckpoint } from '../store/checkpoints.ts'
import type { DatasetMembers } from '../store/datasetVersions.ts'
import { getItem } from '../store/items.ts'
import { getRun } from '../store/runs.ts'
import { getTrajectory } from '../store/trajectories.ts'
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
  const members = new Map(request.itemIds.map((id) => [getItem(project, id).id, []]))
  const checkpoint = getCheckpoint(project, request.checkpointId)
  const title = `Roll out ${members.size} x ${request.samplesPerItem} with ${checkpoint.name}`
  return submitRollout(workshop, { ...request, checkpoint, members, title, manner })
}

/**
 * Queues continuations of a path by a checkpoint, asked as the path was. @throws SightlineError `not_found` for an unknown path or
 * checkpoint, `bad_input` where the path ends before the turn to go on from
 */
export function startContinuation(workshop: Workshop, request: ContinueRequest): { jobId: JobId } {
  const { project } = workshop
  const { keepSteps, samples } = request
  const path = getTrajectory(project, request.id)
  const ended = path.steps.slice(0, keepSteps).findIndex(({ action }) => action.kind !== 'draw')
  if (keepSteps > path.steps.length || ended >= 0) {
    throw new SightlineError('bad_input', `The path cannot go on after step ${keepSteps}`, {
      where: `it has ${path.steps.length} steps`, advice: 'Continue from a step that draws'
    })
  }
  const checkpoint = getCheckpoint(project, request.checkpointId)
  const title = `Continue a path ${samples} x after step ${keepSteps} with ${checkpoint.name}`
  return submitRollout(workshop, { ...request, checkpoint, members: new Map([[path.itemId, [path.id]]]), samplesPerItem: samples, title, manner: path, keepSteps })
}

interface RolloutWork {
  checkpoint: Checkpoint
  members: DatasetMembers
  samplesPerItem: number
  temperature: number
  seed: number
  title: string
  manner: Manner
  keepSteps?: number
}

function submitRollout(workshop: Workshop, asked: RolloutWork): { jobId: JobId } {
  const { project } = workshop
  const { checkpoint, manner: { prompt, drawStyle }, samplesPerItem, temperature, seed, keepSteps } = asked
  const jobId = newId(JobId)
  workshop.runner.submit({
    id: jobId, kind: 'rollout', title: asked.title, lane: 'engine', runId: null,
    work: async (context) => {
      const dataset = join(project.folder, 'jobs', jobId, 'dataset.jsonl')
      await freezeData(project, dataset, asked.members, context.stop)
      const { outcome } = await runEngineJob(workshop, context, {
        kind: 'rollout', projectFolder: project.folder, dataset, checkpoint, prompt, drawStyle, threads: workshop.threads, pixels: pixelLimits(checkpoint, 'training'),
        sampling: defaultSampling(checkpoint, { temperature, seed }), samplesPerItem, ...(keepSteps !== undefined && { keepSteps })
      })
      return outcome.kind === 'stopped' ? 'stopped' : outcome.summary
    }
  })
  return { jobId }
}
