import { z } from 'zod'
import { EvaluationRun } from '../domain/evaluation.ts'
import { Split } from '../domain/datasetItem.ts'
import { CheckpointId, JobId, RunId } from '../domain/ids.ts'
import { Preset, StageConfig, StepMetrics, TrainingRun } from '../domain/trainingRun.ts'
import { procedure } from './base.ts'

export const StartTraining = z.object({
  settings: StageConfig,
  preset: z.string().nullable(),
  startCheckpointId: CheckpointId,
  parentId: RunId.nullable().default(null),
  tasks: z.array(z.string()).default([]),
  prompt: z.string(),
  drawStyle: z.string(),
  seed: z.int().nonnegative().default(1)
})
export type StartTraining = z.infer<typeof StartTraining>

export const trainingContract = {
  presets: procedure.output(z.array(Preset)),
  start: procedure.input(StartTraining).output(z.object({ runId: RunId, jobId: JobId })),
  /** Ends after the step in hand; the run keeps its last checkpoint. */
  stop: procedure.input(z.object({ runId: RunId })).output(z.object({})),
  /** Goes on from the run's last checkpoint to the same result as an uninterrupted run. */
  resume: procedure.input(z.object({ runId: RunId })).output(z.object({ jobId: JobId })),
  runs: procedure.output(z.array(TrainingRun)),
  run: procedure.input(z.object({ runId: RunId })).output(TrainingRun),
  metrics: procedure.input(z.object({ runId: RunId, fromStep: z.int().default(0) })).output(z.array(StepMetrics)),
  /** coldStart -> reflective -> grpo with an evaluation after each, as `demo` runs it. */
  startPipeline: procedure.input(z.object({ seed: z.int().nonnegative().default(1), minutes: z.number().positive().max(600).default(15) })).output(z.object({ jobId: JobId }))
}

export const EvaluateRequest = z.object({
  checkpointId: CheckpointId,
  label: z.string().max(80).default(''),
  split: Split.default('test'),
  tasks: z.array(z.string()).default([]),
  /** Items per task at most; 0 = all. */
  limitPerTask: z.int().nonnegative().default(64),
  temperature: z.number().nonnegative().max(2).default(0),
  prompt: z.string(),
  drawStyle: z.string(),
  seed: z.int().nonnegative().default(1)
})
export type EvaluateRequest = z.infer<typeof EvaluateRequest>

export const evaluationContract = {
  list: procedure.output(z.array(EvaluationRun)),
  start: procedure.input(EvaluateRequest).output(z.object({ jobId: JobId }))
}
