import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { SightlineError } from '#shared/domain/errors.ts'
import type { RunId } from '#shared/domain/ids.ts'
import type { PackedMetrics } from '#shared/domain/metricColumns.ts'
import { Preset } from '#shared/domain/trainingRun.ts'
import { startEvaluation } from '../jobs/evaluation.ts'
import { readManifest } from '../jobs/manifest.ts'
import { forkPipeline, startPipeline } from '../jobs/pipeline.ts'
import { readPlan, scaledPlan } from '../jobs/pipelinePlan.ts'
import { preflightOf } from '../jobs/preflight.ts'
import { pauseTraining, resumeTraining, runFolder, startTraining, stopTraining, stopTrainingNow } from '../jobs/training.ts'
import type { Workshop } from '../jobs/workshop.ts'
import { bestCheckpointOf, listCheckpointsOf } from '../store/checkpoints.ts'
import { listEvaluations } from '../store/evaluations.ts'
import { metricColumns } from '../store/metrics.ts'
import { listRunMachine } from '../store/runMachine.ts'
import { getRun, listRuns } from '../store/runs.ts'
import { baseCheckpoint } from './baseModel.ts'
import { os } from './implement.ts'
import { jsonNames } from './projectInfo.ts'

export function trainingHandlers(workshop: Workshop) {
  const { project } = workshop
  return os.training.router({
    presets: os.training.presets.handler(() => readPresets(workshop.resources)),
    start: os.training.start.handler(({ input }) => startTraining(workshop, input)),
    stop: os.training.stop.handler(({ input }) => {
      stopTraining(workshop, input.runId)
      return {}
    }),
    stopNow: os.training.stopNow.handler(({ input }) => {
      stopTrainingNow(workshop, input.runId)
      return {}
    }),
    pause: os.training.pause.handler(({ input }) => {
      pauseTraining(workshop, input.runId)
      return {}
    }),
    preflight: os.training.preflight.handler(({ input, signal }) => preflightOf(workshop, input, signal ?? new AbortController().signal)),
    resume: os.training.resume.handler(({ input }) => resumeTraining(workshop, input.runId, input.device)),
    runs: os.training.runs.handler(() => listRuns(project)),
    run: os.training.run.handler(({ input }) => getRun(project, input.runId)),
    metrics: os.training.metrics.handler(({ input }) => packedMetrics(workshop, input.runId, input.fromStep)),
    machine: os.training.machine.handler(({ input }) => listRunMachine(project, input.runId, input.points)),
    manifest: os.training.manifest.handler(({ input }) => readManifest(runFolder(workshop, getRun(project, input.runId).id))),
    checkpoints: os.training.checkpoints.handler(({ input }) => {
      const best = bestCheckpointOf(project, input.runId)
      return listCheckpointsOf(project, input.runId).map((checkpoint) => ({ checkpoint, best: checkpoint.id === best?.id }))
    }),
    pipelinePlan: os.training.pipelinePlan.handler(async ({ input }) => scaledPlan(await readPlan(workshop.resources), input.minutes)),
    startPipeline: os.training.startPipeline.handler(({ input }) => startPipeline(workshop, { ...input, startCheckpointId: input.startCheckpointId ?? startOf(workshop) })),
    forkPipeline: os.training.forkPipeline.handler(({ input }) => forkPipeline(workshop, input))
  })
}

export function evaluationHandlers(workshop: Workshop) {
  return os.evaluation.router({
    list: os.evaluation.list.handler(() => listEvaluations(workshop.project)),
    start: os.evaluation.start.handler(({ input }) => startEvaluation(workshop, input))
  })
}

/** The stage presets that ship with the program, one JSON file each. */
export async function readPresets(resources: string): Promise<Preset[]> {
  const folder = join(resources, 'presets')
  const names = await jsonNames(folder)
  return Promise.all(names.map(async (name) => Preset.parse(JSON.parse(await readFile(join(folder, `${name}.json`), 'utf8')))))
}

async function packedMetrics({ project }: Workshop, runId: RunId, fromStep: number): Promise<PackedMetrics> {
  const { steps, columns } = await metricColumns(project, runId, fromStep, () => setImmediate())
  const packed = (values: Float64Array): string => Buffer.from(values.buffer).toString('base64')
  return { steps: packed(steps), columns: Object.fromEntries([...columns].map(([name, values]) => [name, packed(values)])) }
}

function startOf(workshop: Workshop) {
  const base = baseCheckpoint(workshop.project)
  if (base !== null) return base.id
  throw new SightlineError('not_found', 'The project has no base model to start from', { advice: 'Add a model on the Models page' })
}
