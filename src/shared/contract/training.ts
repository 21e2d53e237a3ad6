import { z } from 'zod'
import { Checkpoint } from '../domain/checkpoint.ts'
import { EvaluationRun } from '../domain/evaluation.ts'
import { DeviceName, DeviceWish } from '../domain/device.ts'
import { Split } from '../domain/datasetItem.ts'
import { CheckpointId, JobId, RunId } from '../domain/ids.ts'
import { PackedMetrics } from '../domain/metricColumns.ts'
import { RunMachinePoint } from '../domain/machine.ts'
import { Preflight } from '../domain/preflight.ts'
import { RunManifest } from '../domain/runManifest.ts'
import { Preset, StageConfig, TrainingRun } from '../domain/trainingRun.ts'
import { procedure } from './base.ts'

/** What to run on; left out: as the user set, or what the probe prefers. */
const device = DeviceWish.optional()

export const StartTraining = z.object({
  settings: StageConfig,
  preset: z.string().nullable(),
  startCheckpointId: CheckpointId,
  parentId: RunId.nullable().default(null),
  tasks: z.array(z.string()).default([]),
  prompt: z.string(),
  drawStyle: z.string(),
  seed: z.int().nonnegative().default(1),
  device
})
export type StartTraining = z.infer<typeof StartTraining>

export const PipelineStage = z.object({ label: z.string().min(1).max(80), settings: StageConfig })
export type PipelineStage = z.infer<typeof PipelineStage>

/** The stages of a course with what they share; `startPipeline` and `forkPipeline` take the stages back, changed or not. */
export const PipelineOutline = z.object({
  name: z.string(),
  sentence: z.string(),
  stages: z.array(PipelineStage),
  tasks: z.array(z.string()),
  prompt: z.string(),
  drawStyle: z.string(),
  evaluation: z.object({ split: Split, limitPerTask: z.int().positive(), temperature: z.number().nonnegative() })
})
export type PipelineOutline = z.infer<typeof PipelineOutline>

const pipeline = {
  seed: z.int().nonnegative().default(1),
  /** Two-core minutes the plan's own data and stages are scaled to. */
  minutes: z.number().positive().max(600).default(15),
  /** Null: the plan's own. */
  stages: z.array(PipelineStage).min(1).max(16).nullable().default(null),
  device
}

/** `startCheckpointId` null: the base model. */
export const StartPipeline = z.object({ ...pipeline, startCheckpointId: CheckpointId.nullable().default(null) })
export type StartPipeline = z.infer<typeof StartPipeline>

/** `stages` null: those of the plan that follow the stage which made the checkpoint. No data is generated: the project's own is used. */
export const ForkPipeline = z.object({ ...pipeline, checkpointId: CheckpointId })
export type ForkPipeline = z.infer<typeof ForkPipeline>

/** A checkpoint of a run; the best one is never pruned and is where the next stage of a pipeline starts. */
export const RunCheckpoint = z.object({ checkpoint: Checkpoint, best: z.boolean() })
export type RunCheckpoint = z.infer<typeof RunCheckpoint>

const ofRun = z.object({ runId: RunId })
const started = z.object({ jobId: JobId })

export const trainingContract = {
  presets: procedure.output(z.array(Preset)),
  /** Looks at settings, questions, memory and disk and takes one batch of the stage with its weights thrown away; starts nothing. */
  preflight: procedure.input(StartTraining).output(Preflight),
  /** The same checks come first; an error among them fails the run before its first step. */
  start: procedure.input(StartTraining).output(z.object({ runId: RunId, jobId: JobId })),
  /** Ends after the step in hand; the run keeps its last checkpoint. */
  stop: procedure.input(ofRun).output(z.object({})),
  /** Kills the engine; the run goes on from its last saved state when resumed. */
  stopNow: procedure.input(ofRun).output(z.object({})),
  /** Holds the run after the step in hand, its state saved and its engine waiting. Status: `pausing`, then `paused`. */
  pause: procedure.input(ofRun).output(z.object({})),
  /**
   * Lets a paused run go on, or starts a stopped or failed one from its last state, to the same result as an uninterrupted run if it stays
   * on its device. Another `device` is noted in the manifest.
   */
  resume: procedure.input(ofRun.extend({ device: DeviceName.optional() })).output(started),
  runs: procedure.output(z.array(TrainingRun)),
  run: procedure.input(ofRun).output(TrainingRun),
  /** What the run froze before it began; null while it is queued. */
  manifest: procedure.input(ofRun).output(RunManifest.nullable()),
  /** Oldest first. */
  checkpoints: procedure.input(ofRun).output(z.array(RunCheckpoint)),
  /** Every number of every step, by column. */
  metrics: procedure.input(z.object({ runId: RunId, fromStep: z.int().default(0) })).output(PackedMetrics),
  /** What the machine did while the run was at work, in at most so many points (store/runMachine.ts). */
  machine: procedure.input(ofRun.extend({ points: z.int().positive().max(2000).default(600) })).output(z.array(RunMachinePoint)),
  /** The plan that `startPipeline` runs, scaled to `minutes`. */
  pipelinePlan: procedure.input(z.object({ minutes: pipeline.minutes })).output(PipelineOutline),
  /** coldStart -> reflective -> grpo, each from the last one's best checkpoint, with an evaluation after each, as `demo` runs it. */
  startPipeline: procedure.input(StartPipeline).output(started),
  /** Goes on from any checkpoint with other stages; the runs name the checkpoint's run as their parent. */
  forkPipeline: procedure.input(ForkPipeline).output(started)
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
  seed: z.int().nonnegative().default(1),
  device
})
export type EvaluateRequest = z.infer<typeof EvaluateRequest>

export const evaluationContract = {
  list: procedure.output(z.array(EvaluationRun)),
  start: procedure.input(EvaluateRequest).output(z.object({ jobId: JobId }))
}
