import type { GenerateRequest } from '#shared/contract/items.ts'
import type { ForkPipeline, PipelineStage } from '#shared/contract/training.ts'
import type { DeviceWish } from '#shared/domain/device.ts'
import { type CheckpointId, JobId, newId } from '#shared/domain/ids.ts'
import type { RunId } from '#shared/domain/ids.ts'
import { describeError, SightlineError } from '#shared/domain/errors.ts'
import { jobTitle } from '#shared/domain/jobTitle.ts'
import type { TrainingRun } from '#shared/domain/trainingRun.ts'
import { bestCheckpointOf, getCheckpoint } from '../store/checkpoints.ts'
import { getRun } from '../store/runs.ts'
import { evaluationItems, runEvaluation } from './evaluation.ts'
import { runGenerating } from './generating.ts'
import { runImport, sampleFile } from './importing.ts'
import type { Summary } from './jobLog.ts'
import type { JobContext } from './jobRunner.ts'
import { type PipelinePlan, readPlan, scaledPlan } from './pipelinePlan.ts'
import { endRun, prepareRun, runTraining } from './training.ts'
import type { Workshop } from './workshop.ts'

export interface PipelineRequest {
  startCheckpointId: CheckpointId
  seed: number
  minutes: number
  device?: DeviceWish | undefined
  /** Instead of the plan's own. */
  stages?: readonly PipelineStage[] | null
}

/** Train and test items come from different seeds, so that no picture is in both. */
const SEED_OF_SPLIT = { train: 0, validation: 1, test: 2 } as const
const SEED_STRIDE = 1000

/** Queues the whole course: data, base evaluation, then each stage from the last one's checkpoint with an evaluation after it. */
export function startPipeline(workshop: Workshop, request: PipelineRequest): { jobId: JobId } {
  const jobId = newId(JobId)
  workshop.runner.submit({
    id: jobId, kind: 'pipeline', title: jobTitle('pipeline', { minutes: request.minutes, seed: request.seed }), lane: 'engine', runId: null,
    work: async (context) => runPipeline(workshop, context, request, await plannedFor(workshop, request))
  })
  return { jobId }
}

/**
 * Queues other stages from any checkpoint, on the project's own data, in the manner (prompt, style, tasks) its run was taught in.
 * @throws SightlineError `bad_input` when the plan has no stage after the checkpoint's
 */
export async function forkPipeline(workshop: Workshop, request: ForkPipeline): Promise<{ jobId: JobId }> {
  const { project } = workshop
  const checkpoint = getCheckpoint(project, request.checkpointId)
  const parent = checkpoint.runId === null ? null : getRun(project, checkpoint.runId)
  const plan = scaledPlan(await readPlan(workshop.resources), request.minutes)
  const manner = parent === null ? {} : { prompt: parent.prompt, drawStyle: parent.drawStyle, tasks: parent.tasks }
  const stages = request.stages ?? stagesAfter(plan, parent)
  if (stages.length === 0) {
    throw new SightlineError('bad_input', `The plan has no stage after ${parent?.settings.stage ?? 'this one'}`, { where: checkpoint.name, advice: 'name the stages to run' })
  }
  const jobId = newId(JobId)
  const forked: PipelinePlan = { ...plan, ...manner, stages: [...stages], importSample: false, generate: [] }
  workshop.runner.submit({
    id: jobId, kind: 'pipeline', title: jobTitle('pipelineFrom', { name: checkpoint.name, seed: request.seed }), lane: 'engine', runId: null,
    work: (context) => runPipeline(workshop, context, { ...request, startCheckpointId: checkpoint.id }, forked, parent?.id ?? null)
  })
  return { jobId }
}

function stagesAfter(plan: PipelinePlan, run: TrainingRun | null): PipelinePlan['stages'] {
  const own = plan.stages.findIndex(({ settings }) => settings.stage === run?.settings.stage)
  return plan.stages.slice(own + 1)
}

/** The plan for `minutes` with the request's stages. */
async function plannedFor(workshop: Workshop, request: PipelineRequest): Promise<PipelinePlan> {
  const plan = scaledPlan(await readPlan(workshop.resources), request.minutes)
  return request.stages ? { ...plan, stages: [...request.stages] } : plan
}

/** Runs a plan inside a job; a stop ends the stage in hand and everything after it. */
export async function runPipeline(
  workshop: Workshop, context: JobContext, request: PipelineRequest, plan: PipelinePlan, parent: RunId | null = null
): Promise<Summary | 'stopped'> {
  context.report({ kind: 'plan', stages: plan.stages.map(({ label, settings }) => ({ label, stage: settings.stage })) })
  await provideData(workshop, context, request.seed, plan)
  let checkpointId = request.startCheckpointId
  let parentId = parent
  let trained = 0
  if (!(await evaluateStage(workshop, context, request, plan, checkpointId, 'base'))) return 'stopped'
  for (const stage of plan.stages) {
    const run = prepareRun(workshop, {
      settings: stage.settings, preset: plan.name, startCheckpointId: checkpointId, parentId, tasks: plan.tasks,
      prompt: plan.prompt, drawStyle: plan.drawStyle, seed: request.seed
    }, context.jobId)
    const next = await trainStage(workshop, context, run, request.device)
    if (next === 'stopped') return 'stopped'
    if (next === 'nothing to learn') continue
    checkpointId = next
    parentId = run.id
    trained++
    if (!(await evaluateStage(workshop, context, request, plan, checkpointId, stage.label))) return 'stopped'
  }
  return { stages: trained, checkpoint: checkpointId }
}

async function provideData(workshop: Workshop, context: JobContext, seed: number, plan: PipelinePlan): Promise<void> {
  for (const wish of plan.generate) {
    const request: GenerateRequest = { ...wish, seed: seed * SEED_STRIDE + SEED_OF_SPLIT[wish.split] }
    const made = await runGenerating(workshop, context, request)
    context.report({ kind: 'log', level: 'info', text: `${wish.generator} (${wish.split}): ${made['items']} new items, ${made['paths']} teacher paths` })
  }
  if (!plan.importSample) return
  const imported = await runImport(workshop, context, sampleFile(workshop))
  context.report({ kind: 'log', level: 'info', text: `Real questions: ${imported['imported']} new, ${imported['duplicates']} already here, ${imported['refused']} refused` })
}

/** @returns the stage's best checkpoint, or why there is none */
async function trainStage(workshop: Workshop, context: JobContext, run: TrainingRun, device?: DeviceWish): Promise<CheckpointId | 'stopped' | 'nothing to learn'> {
  try {
    const { outcome } = await runTraining(workshop, context, run.id, device)
    endRun(workshop, run.id, outcome.kind, null)
    if (outcome.kind === 'stopped') return 'stopped'
    const best = bestCheckpointOf(workshop.project, run.id)
    if (best !== null) return best.id
    throw new SightlineError('engine_died', `The stage ${run.settings.stage} ended without a checkpoint`, { where: run.id })
  } catch (error) {
    // The job tells the failure; the run must not stay "running" beside it.
    endRun(workshop, run.id, 'failed', error instanceof SightlineError ? error.toRecord() : { code: 'engine_died', message: String(error) })
    if (!isEmptyHarvest(run, error)) throw error
    context.report({ kind: 'log', level: 'warning', text: `${describeError(error)} - going on without this stage` })
    return 'nothing to learn'
  }
}

/** A policy that corrects itself too seldom leaves the reflective stage nothing to learn from; the course goes on without it. */
function isEmptyHarvest(run: TrainingRun, error: unknown): error is SightlineError {
  return run.settings.stage === 'reflective' && error instanceof SightlineError && error.code === 'bad_input'
}

/** @returns false when it was stopped */
async function evaluateStage(
  workshop: Workshop, context: JobContext, request: PipelineRequest, plan: PipelinePlan, checkpointId: CheckpointId, label: string
): Promise<boolean> {
  const wish = { ...plan.evaluation, checkpointId, label, tasks: plan.tasks, prompt: plan.prompt, drawStyle: plan.drawStyle, seed: request.seed, device: request.device }
  const { outcome } = await runEvaluation(workshop, context, wish, evaluationItems(workshop, wish))
  return outcome.kind === 'finished'
}
