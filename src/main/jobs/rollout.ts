import { join } from 'node:path'
import type { ContinueRequest } from '#shared/contract/trajectories.ts'
import type { Checkpoint } from '#shared/domain/checkpoint.ts'
import type { DeviceWish } from '#shared/domain/device.ts'
import { type Endpoint, teacherName } from '#shared/domain/endpoint.ts'
import { SightlineError } from '#shared/domain/errors.ts'
import { type CheckpointId, type ItemId, JobId, newId } from '#shared/domain/ids.ts'
import { jobTitle } from '#shared/domain/jobTitle.ts'
import { defaultSampling, pixelLimits } from '#shared/domain/samplingLimits.ts'
import type { Trajectory } from '#shared/domain/trajectory.ts'
import { getCheckpoint } from '../store/checkpoints.ts'
import type { DatasetMembers } from '../store/datasetVersions.ts'
import { getItem } from '../store/items.ts'
import { getRun } from '../store/runs.ts'
import { getTrajectory } from '../store/trajectories.ts'
import { chooseDevice } from './deviceChoice.ts'
import { runEngineJob } from './engineJob.ts'
import { freezeData } from './frozenData.ts'
import { storePath } from './storePath.ts'
import { endpointSampling, studentOf, writeWithEndpoint } from './teaching.ts'
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

/** Paths wanted of a checkpoint. */
export interface RolloutRequest {
  readonly itemIds: readonly ItemId[]
  readonly checkpointId: CheckpointId
  readonly samplesPerItem: number
  readonly temperature: number
  readonly seed: number
  readonly device?: DeviceWish | undefined
}

/** Queues rollouts of a checkpoint on chosen items. @throws SightlineError `not_found` for an unknown item or checkpoint */
export function startRollout(workshop: Workshop, request: RolloutRequest, manner: Manner): { jobId: JobId } {
  const { project } = workshop
  const members = new Map(request.itemIds.map((id) => [getItem(project, id).id, []]))
  const checkpoint = getCheckpoint(project, request.checkpointId)
  const title = jobTitle('rollOut', { items: members.size, samples: request.samplesPerItem, writer: checkpoint.name })
  return submitRollout(workshop, { ...request, checkpoint, members, title, manner })
}

/**
 * Queues continuations of a path by a checkpoint or an endpoint, asked as the path was. @throws SightlineError `not_found` for an unknown
 * path or writer, `bad_input` where the path ends before the turn to go on from
 */
export async function startContinuation(workshop: Workshop, request: ContinueRequest): Promise<{ jobId: JobId }> {
  const { project } = workshop
  const { keepSteps, samples, writer } = request
  const path = getTrajectory(project, request.id)
  const ended = path.steps.slice(0, keepSteps).findIndex(({ action }) => action.kind !== 'draw')
  if (keepSteps > path.steps.length || ended >= 0) {
    throw new SightlineError('bad_input', `The path cannot go on after step ${keepSteps}`, {
      where: `it has ${path.steps.length} steps`, advice: 'Continue from a step that draws'
    })
  }
  const title = (writer: string): string => jobTitle('continuePath', { samples, step: keepSteps, writer })
  if (writer.kind === 'endpoint') return continueWithEndpoint(workshop, request, path, { ...await workshop.endpoints.open(writer.name), title })
  const checkpoint = getCheckpoint(project, writer.checkpointId)
  const members = new Map([[path.itemId, [path.id]]])
  return submitRollout(workshop, { ...request, checkpoint, members, samplesPerItem: samples, title: title(checkpoint.name), manner: path, keepSteps })
}

function continueWithEndpoint(
  workshop: Workshop, { keepSteps, samples, temperature, seed }: ContinueRequest, path: Trajectory,
  { endpoint, key, title }: { endpoint: Endpoint; key: string | null; title: (name: string) => string }
): { jobId: JobId } {
  const jobId = newId(JobId)
  const wishes = Array.from({ length: samples }, (_, groupIndex) => ({ itemId: path.itemId, groupIndex, prefix: { path, steps: keepSteps } }))
  workshop.runner.submit({
    id: jobId, kind: 'rollout', title: title(teacherName(endpoint)), lane: 'data', runId: null,
    work: (context) => writeWithEndpoint(workshop, context, {
      endpoint, key, wishes, student: studentOf(workshop, null), prompt: path.prompt, drawStyle: path.drawStyle,
      sampling: endpointSampling({ temperature, seed }), minSteps: 1,
      take: (written) => {
        storePath(workshop.project, written)
        context.report({ kind: 'trajectory', trajectoryId: written.trajectory.id })
      }
    })
  })
  return { jobId }
}

interface RolloutWork {
  checkpoint: Checkpoint
  members: DatasetMembers
  samplesPerItem: number
  temperature: number
  seed: number
  device?: DeviceWish | undefined
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
        kind: 'rollout', projectFolder: project.folder, dataset, checkpoint, prompt, drawStyle, threads: workshop.threads, device: await chooseDevice(workshop, asked.device), pixels: pixelLimits(checkpoint, 'training'),
        sampling: defaultSampling(checkpoint, { temperature, seed }), samplesPerItem, ...(keepSteps !== undefined && { keepSteps })
      })
      return outcome.kind === 'stopped' ? 'stopped' : outcome.summary
    }
  })
  return { jobId }
}
