import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { StartTraining } from '#shared/contract/training.ts'
import type { DeviceName } from '#shared/domain/device.ts'
import { SightlineError } from '#shared/domain/errors.ts'
import { DatasetVersionId, type ItemId, JobId, newId, RunId } from '#shared/domain/ids.ts'
import type { Preflight } from '#shared/domain/preflight.ts'
import { pixelLimits } from '#shared/domain/samplingLimits.ts'
import type { TrainingRun } from '#shared/domain/trainingRun.ts'
import { getCheckpoint } from '../store/checkpoints.ts'
import { datasetMembers } from '../store/datasetVersions.ts'
import { chooseDevice } from './deviceChoice.ts'
import { runEngineJob } from './engineJob.ts'
import { freezeData } from './frozenData.ts'
import type { JobContext } from './jobRunner.ts'
import { leakageCheck, leakageOf } from './leakage.ts'
import { frozenFile } from './manifest.ts'
import { selectForStage } from './selection.ts'
import type { Workshop } from './workshop.ts'

/**
 * What a run of this request would find before it starts; nothing is stored. Without the dry run while another job has the engine:
 * its time would say nothing and two models may not fit.
 * @throws SightlineError as the start itself: an unknown checkpoint or prompt, nothing to learn from
 */
export async function preflightOf(workshop: Workshop, request: StartTraining, stop: AbortSignal): Promise<Preflight> {
  const { project, runner } = workshop
  const members = selectForStage(project, request.settings, request.tasks)
  const jobId = newId(JobId)
  const folder = join(project.folder, 'jobs', jobId)
  const now = new Date().toISOString()
  const run: TrainingRun = {
    ...request, id: newId(RunId), jobId: null, datasetVersionId: newId(DatasetVersionId), status: 'queued', step: 0, totalSteps: null, error: null,
    createdAt: now, finishedAt: null
  }
  try {
    const dataset = join(folder, 'dataset.jsonl')
    await freezeData(project, dataset, members, stop)
    const context: JobContext = { jobId, stop, kill: stop, report: () => undefined }
    const preflight = await inspect(workshop, context, run, { itemIds: [...members.keys()], dataset, scratch: join(folder, 'run'), rehearse: !runner.isBusy('engine'), device: await chooseDevice(workshop, request.device) })
    if (preflight !== null) return preflight
    throw new SightlineError('cancelled', 'The check before the start was stopped')
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/**
 * The same inside a run's own job, before its engine starts; told to whoever watches.
 * @throws SightlineError what the first check in state `error` says
 * @returns whether it was asked to stop meanwhile
 */
export async function requireFit(workshop: Workshop, context: JobContext, run: TrainingRun, runFolder: string, device: DeviceName): Promise<'fits' | 'stopped'> {
  const preflight = await inspect(workshop, context, run, {
    itemIds: [...datasetMembers(workshop.project, run.datasetVersionId).keys()], dataset: join(runFolder, 'dataset.jsonl'), scratch: join(workshop.project.folder, 'jobs', context.jobId, run.id), rehearse: true, device
  })
  if (preflight === null) return 'stopped'
  const failed = preflight.checks.find(({ error }) => error !== null)
  if (failed?.error) throw SightlineError.fromRecord(failed.error)
  return 'fits'
}

interface Inspected { itemIds: readonly ItemId[]; dataset: string; scratch: string; rehearse: boolean; device: DeviceName }

/** @returns the findings, null when it was stopped first */
async function inspect(
  workshop: Workshop, context: JobContext, run: TrainingRun, { itemIds, dataset, scratch, rehearse, device }: Inspected
): Promise<Preflight | null> {
  const { project, resources, threads } = workshop
  const checkpoint = getCheckpoint(project, run.startCheckpointId)
  await frozenFile(resources, 'prompts', run.prompt)
  await frozenFile(resources, 'drawStyles', run.drawStyle)
  const { preflight, outcome } = await runEngineJob(workshop, context, {
    kind: 'preflight', projectFolder: project.folder, dataset, checkpoint, prompt: run.prompt, drawStyle: run.drawStyle, threads, device,
    pixels: pixelLimits(checkpoint, 'training', run.settings.config), run, runFolder: scratch, rehearse,
    cardBytes: device === 'webgpu' ? await workshop.machine.cardBytes() : null,
    found: [leakageCheck(await leakageOf(workshop, itemIds, context.stop), itemIds.length)]
  })
  if (preflight !== null || outcome.kind === 'stopped') return preflight
  throw new SightlineError('engine_died', 'The check before the start ended without a finding', { where: run.settings.stage })
}
