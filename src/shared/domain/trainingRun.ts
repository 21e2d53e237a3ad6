import { z } from 'zod'
import { MIN_TEACHER_STEPS } from './endpoint.ts'
import { CheckpointId, DatasetVersionId, JobId, RunId } from './ids.ts'
import { RewardScale } from './reward.ts'

export const Stage = z.enum(['coldStart', 'answerSft', 'reflective', 'grpo'])
export type Stage = z.infer<typeof Stage>

const optimizer = {
  learningRate: z.number().positive().max(1).default(1e-3).describe('Peak learning rate'),
  warmupRatio: z.number().min(0).max(1).default(0.1).describe('Share of the steps spent warming up'),
  schedule: z.enum(['cosine', 'linear', 'constant']).default('cosine').describe('How the rate falls after the warm-up'),
  minLearningRateRatio: z.number().min(0).max(1).default(0.05).describe('The decay ends at this share of the peak'),
  weightDecay: z.number().min(0).max(1).default(0.01).describe('Decoupled weight decay on matrices'),
  clipNorm: z.number().positive().default(1).describe('Global gradient norm'),
  batchSize: z.int().positive().max(4096).default(16).describe('Paths per optimizer step'),
  minPixels: z.int().nonnegative().max(1 << 24).default(0).describe('Smallest area of a picture; 0 = as usual for the model'),
  maxPixels: z.int().nonnegative().max(1 << 24).default(0).describe('Largest area of a picture; 0 = as usual for the model'),
  trainVision: z.boolean().default(false).describe('Train the vision tower and merger too, or give them adapters (the paper freezes them)'),
  recompute: z.boolean().default(false).describe('Keep only what enters each block and compute the rest again going backward: less memory, about a third more time'),
  loraRank: z.int().nonnegative().max(1024).default(0).describe('Train low-rank adapters of this rank beside frozen weights; 0 trains the weights'),
  loraAlpha: z.number().positive().max(4096).default(32).describe('Adapters count alpha / rank times'),
  loraDropout: z.number().min(0).max(0.5).default(0).describe('Share of an adapter\'s inputs left out at each step'),
  loraTargets: z.enum(['all', 'attention', 'queryValue']).default('all').describe('Linear layers that get adapters')
}

export const SupervisedConfig = z.object({
  ...optimizer,
  epochs: z.number().positive().max(100).default(1),
  /** Leave a scripted mistake's own tokens out of the loss (its correction always counts). */
  maskMistakes: z.boolean().default(false),
  /** Loss also on the closing <|im_end|>, so that stopping is learnt (METHOD.md 3b). */
  learnStop: z.boolean().default(true)
})
export type SupervisedConfig = z.infer<typeof SupervisedConfig>

export const ColdStartConfig = SupervisedConfig.extend({
  minTeacherSteps: z.int().positive().max(64).default(MIN_TEACHER_STEPS).describe('Fewest turns of a path that an endpoint wrote')
})
export type ColdStartConfig = z.infer<typeof ColdStartConfig>

export const ReflectiveConfig = SupervisedConfig.extend({
  /** Paths sampled per item. */
  samplesPerItem: z.int().positive().max(256).default(4),
  /** Items to sample from; 0 = all training items. */
  items: z.int().nonnegative().default(256),
  /** At most this many kept paths per item. */
  keepPerItem: z.int().positive().default(2),
  temperature: z.number().positive().max(2).default(1)
})
export type ReflectiveConfig = z.infer<typeof ReflectiveConfig>

export const GrpoConfig = z.object({
  ...optimizer,
  steps: z.int().positive().default(20),
  promptsPerStep: z.int().positive().default(8),
  groupSize: z.int().min(2).default(8),
  temperature: z.number().positive().max(2).default(1),
  clipLow: z.number().positive().max(1).default(0.2),
  clipHigh: z.number().positive().max(10).default(0.2),
  /** Weight of the k3 KL term to the starting policy; 0 = ViLaSR, 1e-4 = vsGRPO. */
  klBeta: z.number().nonnegative().max(1).default(0),
  rewardScale: RewardScale.default('sum'),
  rewardGate: z.number().min(0).max(1).default(0).describe('beta of METHOD.md section 2')
})
export type GrpoConfig = z.infer<typeof GrpoConfig>

export const StageConfig = z.discriminatedUnion('stage', [
  z.object({ stage: z.literal('coldStart'), config: ColdStartConfig }),
  z.object({ stage: z.literal('answerSft'), config: SupervisedConfig }),
  z.object({ stage: z.literal('reflective'), config: ReflectiveConfig }),
  z.object({ stage: z.literal('grpo'), config: GrpoConfig })
])
export type StageConfig = z.infer<typeof StageConfig>

/** A named starting point for a stage's form; data, in resources/presets. */
export const Preset = z.object({ name: z.string(), sentence: z.string(), settings: StageConfig })
export type Preset = z.infer<typeof Preset>

export const RunStatus = z.enum(['queued', 'running', 'pausing', 'paused', 'stopping', 'finished', 'stopped', 'failed'])
export type RunStatus = z.infer<typeof RunStatus>

/** One stage of training: its frozen inputs and where it stands. */
export const TrainingRun = z.object({
  id: RunId,
  jobId: JobId.nullable(),
  parentId: RunId.nullable(),
  settings: StageConfig,
  preset: z.string().nullable(),
  prompt: z.string(),
  drawStyle: z.string(),
  tasks: z.array(z.string()),
  datasetVersionId: DatasetVersionId,
  startCheckpointId: CheckpointId,
  seed: z.int(),
  status: RunStatus,
  step: z.int(),
  totalSteps: z.int().nullable(),
  error: z.string().nullable(),
  createdAt: z.iso.datetime(),
  finishedAt: z.iso.datetime().nullable()
})
export type TrainingRun = z.infer<typeof TrainingRun>

/** Numbers of one step, by name (loss, reward, correct, format, reflectionRate, gradNorm, learningRate, tokensPerSecond, ...). NaN is never stored: a value that does not exist is left out. */
export const StepMetrics = z.object({ step: z.int(), seconds: z.number(), values: z.record(z.string(), z.number()) })
export type StepMetrics = z.infer<typeof StepMetrics>
