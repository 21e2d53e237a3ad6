import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { StartTraining } from '#shared/contract/training.ts'
import type { DeviceName, DeviceWish } from '#shared/domain/device.ts'
import { SightlineError, type ErrorRecord } from '#shared/domain/errors.ts'
import { JobId, newId, RunId } from '#shared/domain/ids.ts'
import type { JobStatus } from '#shared/domain/job.ts'
import { jobTitle } from '#shared/domain/jobTitle.ts'
import { lastDevice, type RunManifest } from '#shared/domain/runManifest.ts'
import { pixelLimits } from '#shared/domain/samplingLimits.ts'
import type { TrainingRun } from '#shared/domain/trainingRun.ts'
import { getCheckpoint } from '../store/checkpoints.ts'
import { datasetMembers, freezeDataset, frozenItemVersions, getDatasetVersion } from '../store/datasetVersions.ts'
import { getRun, insertRun, updateRun } from '../store/runs.ts'
import { chooseDevice } from './deviceChoice.ts'
import { type EngineResult, runEngineJob } from './engineJob.ts'
import { freezeData } from './frozenData.ts'
import { isOver } from './jobLog.ts'
import { leakageOf } from './leakage.ts'
import type { JobContext } from './jobRunner.ts'
import { noteDevice, readManifest, writeManifest } from './manifest.ts'
import { requireFit } from './preflight.ts'
import { selectForStage } from './selection.ts'
import type { Workshop } from './workshop.ts'

/** Queues a stage of training on a newly frozen dataset version. @throws SightlineError when there is nothing to learn from */
export function startTraining(workshop: Workshop, request: StartTraining): { runId: RunId; jobId: JobId } {
  const run = prepareRun(workshop, request, null)
  return { runId: run.id, jobId: submitRun(workshop, run, request.device) }
}

/**
 * Lets a paused run go on, or queues the rest of one that was stopped or whose engine died, from its last saved state, on the device it
 * ran on unless another is named.
 */
export function resumeTraining(workshop: Workshop, runId: RunId, device?: DeviceName): { jobId: JobId } {
  const run = getRun(workshop.project, runId)
  if (run.jobId !== null && (run.status === 'pausing' || run.status === 'paused')) {
    workshop.runner.hold(run.jobId, false)
    updateRun(workshop.project, runId, { status: 'running' })
    return { jobId: run.jobId }
  }
  if (run.status !== 'stopped' && run.status !== 'failed') {
    throw new SightlineError('conflict', `This run is ${run.status}; only a stopped or failed one can be resumed`, { where: runId })
  }
  updateRun(workshop.project, runId, { status: 'queued', error: null, finishedAt: null })
  return { jobId: submitRun(workshop, run, device) }
}

/**
 * Holds a run after the step in hand; its engine stays and its state is saved.
 * @throws SightlineError `conflict` when it does not run
 */
export function pauseTraining({ project, runner }: Workshop, runId: RunId): void {
  const { jobId, status } = getRun(project, runId)
  if (jobId === null || status !== 'running') throw new SightlineError('conflict', `This run is ${status}; only a running one can be paused`, { where: runId })
  runner.hold(jobId, true)
  updateRun(project, runId, { status: 'pausing' })
}

/** Asks a run's job to stop after the step in hand. */
export function stopTraining(workshop: Workshop, runId: RunId): void {
  const jobId = endingJob(workshop, runId)
  if (jobId !== null) workshop.runner.cancel(jobId)
}

/** Kills a run's engine: the run can be resumed from its last saved state. */
export function stopTrainingNow(workshop: Workshop, runId: RunId): void {
  const jobId = endingJob(workshop, runId)
  if (jobId !== null) workshop.runner.kill(jobId)
}

/** The job of a run that is about to be stopped, null when it is over already. */
function endingJob({ project, runner }: Workshop, runId: RunId): JobId | null {
  const { jobId } = getRun(project, runId)
  if (jobId === null || isOver(runner.log.get(jobId))) return null
  updateRun(project, runId, { status: 'stopping' })
  return jobId
}

/** Writes the run's row: settings, frozen data, starting point; nothing runs yet. `jobId`: the job it belongs to, if there is one already. */
export function prepareRun(workshop: Workshop, request: StartTraining, jobId: JobId | null): TrainingRun {
  const { project } = workshop
  const start = getCheckpoint(project, request.startCheckpointId)
  const members = selectForStage(project, request.settings, request.tasks)
  const id = newId(RunId)
  const dataset = freezeDataset(project, {
    name: `${request.settings.stage} ${id}`, itemIds: [...members.keys()], trajectoryIds: [...members.values()].flat()
  })
  const run: TrainingRun = {
    id, jobId, parentId: request.parentId, settings: request.settings, preset: request.preset, prompt: request.prompt,
    drawStyle: request.drawStyle, tasks: request.tasks, datasetVersionId: dataset.id, startCheckpointId: start.id, seed: request.seed,
    status: 'queued', step: 0, totalSteps: null, error: null, createdAt: new Date().toISOString(), finishedAt: null
  }
  insertRun(project, run)
  return run
}

function submitRun(workshop: Workshop, run: TrainingRun, device?: DeviceWish): JobId {
  const jobId = newId(JobId)
  workshop.runner.submit({
    id: jobId,
    kind: 'train',
    title: jobTitle('train', { stage: run.settings.stage, preset: run.preset ?? '' }),
    lane: 'engine',
    runId: run.id,
    work: async (context) => {
      const { outcome } = await runTraining(workshop, context, run.id, device)
      return outcome.kind === 'stopped' ? 'stopped' : outcome.summary
    },
    onEnd: (status, error) => endRun(workshop, run.id, status, error)
  })
  updateRun(workshop.project, run.id, { jobId })
  return jobId
}

/**
 * Runs a prepared run inside a job: data file, manifest, engine. `asked` is what it should run on; one that goes on stays where it was
 * otherwise. The run's final status is `endRun`'s.
 */
export async function runTraining(workshop: Workshop, context: JobContext, runId: RunId, asked?: DeviceWish): Promise<EngineResult> {
  const { project } = workshop
  updateRun(project, runId, { status: 'running', jobId: context.jobId })
  const run = getRun(project, runId)
  const folder = runFolder(workshop, run.id)
  const data = join(folder, 'dataset.jsonl')
  const checkpoint = getCheckpoint(project, run.startCheckpointId)
  context.report({ kind: 'run', runId: run.id, stage: run.settings.stage })
  if (!existsSync(data)) {
    await freezeData(project, data, datasetMembers(project, run.datasetVersionId), context.stop, frozenItemVersions(project, run.datasetVersionId))
  }
  const dataset = getDatasetVersion(project, run.datasetVersionId)
  const begun = await readManifest(folder)
  const device = begun === null ? await chooseDevice(workshop, asked) : await deviceToGoOn(workshop, begun, asked)
  if (begun === null && await requireFit(workshop, context, run, folder, device) === 'stopped') {
    return { outcome: { kind: 'stopped' }, checkpoint: null, evaluationId: null, preflight: null }
  }
  const leakage = begun === null ? await leakageOf(workshop, [...datasetMembers(project, run.datasetVersionId).keys()], context.stop) : begun.leakage
  await writeManifest(folder, workshop.resources, workshop.threads, { run, dataset, leakage, startCheckpoint: checkpoint, runsOn: device })
  await noteDevice(folder, device)
  return runEngineJob(workshop, context, {
    kind: 'train', projectFolder: project.folder, dataset: data, checkpoint, prompt: run.prompt, drawStyle: run.drawStyle,
    threads: workshop.threads, device, pixels: pixelLimits(checkpoint, 'training', run.settings.config), run, runFolder: folder
  })
}

/** What a run that has begun goes on with: its numbers stay the same on its own device only, so another one must be asked for. */
async function deviceToGoOn(workshop: Workshop, manifest: RunManifest, asked: DeviceWish = 'auto'): Promise<DeviceName> {
  return asked === 'auto' ? lastDevice(manifest) : await chooseDevice(workshop, asked)
}

/** Stores how a run ended. */
export function endRun(workshop: Workshop, runId: RunId, status: JobStatus, error: ErrorRecord | null): void {
  updateRun(workshop.project, runId, {
    status: status === 'finished' || status === 'failed' ? status : 'stopped', error: error?.message ?? null, finishedAt: new Date().toISOString()
  })
}

export function runFolder(workshop: Workshop, runId: RunId): string {
  return join(workshop.project.folder, 'runs', runId)
}
