import { z } from 'zod'
import { MIN_TEACHER_STEPS } from './endpoint.ts'
import { CheckpointId, DatasetVersionId, JobId, RunId } from './ids.ts'
import { BlockInputs } from './modelFacts.ts'
import { RewardScale } from './reward.ts'

export const Stage = z.enum(['coldStart', 'answerSft', 'reflective', 'grpo', 'dpo'])
export type Stage = z.infer<typeof Stage>

const optimizer = {
  learningRate: z.number().positive().max(1).default(1e-3).describe('Peak learning rate'),
  warmupRatio: z.number().min(0).max(1).default(0.1).describe('Share of the steps spent warming up'),
  schedule: z.enum(['cosine', 'linear', 'constant']).default('cosine').describe('How the rate falls after the warm-up'),
  minLearningRateRatio: z.number().min(0).max(1).default(0.05).describe('The decay ends at this share of the peak'),
  weightDecay: z.number().min(0).max(1).default(0.01).describe('Decoupled weight decay on matrices'),
  clipNorm: z.number().positive().default(1).describe('Global gradient norm'),
  minPixels: z.int().nonnegative().max(1 << 24).default(0).describe('Smallest area of a picture; 0 = as usual for the model'),
  maxPixels: z.int().nonnegative().max(1 << 24).default(0).describe('Largest area of a picture; 0 = as usual for the model'),
  trainVision: z.boolean().default(false).describe('Train the vision tower and merger too, or give them adapters (the paper freezes them)'),
  recompute: z.boolean().default(false).describe('Keep only what enters each block and compute the rest again going backward: less memory, about a third more time'),
  blockwise: z.boolean().default(false).describe('Run block by block: frozen weights stay float16, memory of one block at a time; needs LoRA'),
  blockInputs: z.enum(['auto', ...BlockInputs.options]).default('auto').describe('How the inputs of blocks wait for the backward pass, block by block'),
  loraRank: z.int().nonnegative().max(1024).default(0).describe('Train low-rank adapters of this rank beside frozen weights; 0 trains the weights'),
  loraAlpha: z.number().positive().max(4096).default(32).describe('Adapters count alpha / rank times'),
  loraDropout: z.number().min(0).max(0.5).default(0).describe('Share of an adapter\'s inputs left out at each step'),
  loraTargets: z.enum(['all', 'attention', 'queryValue']).default('all').describe('Linear layers that get adapters'),
  checkpointEvery: z.int().nonnegative().default(0).describe('Steps between checkpoints; 0 = only one at the end'),
  keepCheckpoints: z.int().positive().max(1000).default(2).describe('Newest checkpoints kept besides the best one and those in use')
}

const batched = { ...optimizer, batchSize: z.int().positive().max(4096).default(16).describe('Paths per optimizer step') }

export const SupervisedConfig = z.object({
  ...batched,
  epochs: z.number().positive().max(100).default(1).describe('Times each path is seen'),
  maskMistakes: z.boolean().default(false).describe('Leave a scripted mistake\'s own tokens out of the loss; its correction always counts'),
  maskRejected: z.boolean().default(true).describe('Leave the steps that reviewers rejected out of the loss; the other steps of their paths count'),
  learnStop: z.boolean().default(true).describe('Loss also on the closing token, so that stopping is learnt')
})
export type SupervisedConfig = z.infer<typeof SupervisedConfig>

export const ColdStartConfig = SupervisedConfig.extend({
  minTeacherSteps: z.int().positive().max(64).default(MIN_TEACHER_STEPS).describe('Fewest turns of a path that an endpoint wrote')
})
export type ColdStartConfig = z.infer<typeof ColdStartConfig>

export const ReflectiveConfig = SupervisedConfig.extend({
  samplesPerItem: z.int().positive().max(256).default(4).describe('Paths sampled for each question'),
  items: z.int().nonnegative().default(256).describe('Questions to sample from; 0 = all training items'),
  keepPerItem: z.int().positive().default(2).describe('At most this many kept paths per question'),
  temperature: z.number().positive().max(2).default(1).describe('Sampling temperature of the rollouts'),
  balanceTasks: z.number().min(0).max(1).default(0).describe('Least share of each task among the kept paths: those of rarer tasks are repeated; 0 = as they come')
})
export type ReflectiveConfig = z.infer<typeof ReflectiveConfig>

export const GrpoConfig = z.object({
  ...optimizer,
  steps: z.int().positive().default(20).describe('Batches of rollouts'),
  promptsPerStep: z.int().positive().default(8).describe('Questions rolled out before an update'),
  groupSize: z.int().min(2).default(8).describe('Rollouts of a question, compared with each other'),
  temperature: z.number().positive().max(2).default(1).describe('Sampling temperature of the rollouts'),
  advantage: z.enum(['grpo', 'rloo', 'drGrpo']).default('grpo').describe('Reward minus the group mean in units of its spread; minus the mean of the others; or minus the mean alone'),
  aggregation: z.enum(['sequenceMean', 'tokenMean', 'constantLength']).default('sequenceMean').describe('Every path counts the same (the paper), every token does (DAPO), or a token counts one over a constant (Dr. GRPO)'),
  lossLength: z.int().nonnegative().max(1 << 20).default(0).describe('The constant of constantLength, in tokens; 0 = the longest path allowed'),
  ratio: z.enum(['token', 'sequence']).default('token').describe('Policy ratio of each token, or of the whole path as the geometric mean over its tokens (GSPO)'),
  clipLow: z.number().positive().max(1).default(0.2).describe('Lower bound of the policy ratio: 1 - this'),
  clipHigh: z.number().positive().max(10).default(0.2).describe('Upper bound of the policy ratio: 1 + this'),
  dualClip: z.number().nonnegative().max(100).default(0).describe('Bound of the ratio where the advantage is negative; 0 = off, above 1 otherwise (the released code: 3)'),
  klBeta: z.number().nonnegative().max(1).default(0).describe('Weight of the k3 KL term to the starting policy; 0 = ViLaSR, 1e-4 = vsGRPO'),
  innerSteps: z.int().positive().max(64).default(1).describe('Passes over each batch of rollouts'),
  miniBatches: z.int().positive().max(256).default(1).describe('Optimizer steps that a pass is cut into'),
  oldLogProbs: z.enum(['sampled', 'recomputed']).default('sampled').describe('Denominator of the ratio: log-probabilities noted while sampling, or computed anew by the scoring graph before the update'),
  maxResamples: z.int().nonnegative().max(64).default(0).describe('Rounds of further questions in place of groups whose rewards are all equal; 0 = such groups stay and teach nothing'),
  maskTruncated: z.boolean().default(false).describe('Leave paths that hit a length or turn limit out of the loss; their rewards still count in the group'),
  rewardScale: RewardScale.default('sum').describe('sum: correct + format; half: half of each (released code)'),
  rewardGate: z.number().min(0).max(1).default(0).describe('No reward unless the correctness is above this')
})
export type GrpoConfig = z.infer<typeof GrpoConfig>

/** Where a preference pair comes from: bare answers, written paths whose last answer is altered, or groups of rollouts. */
export const PairSource = z.enum(['answers', 'paths', 'rollouts'])
export type PairSource = z.infer<typeof PairSource>

export const DpoConfig = z.object({
  ...optimizer,
  learningRate: optimizer.learningRate.default(1e-4),
  batchSize: z.int().positive().max(4096).default(8).describe('Pairs per optimizer step'),
  epochs: z.number().positive().max(100).default(1).describe('Times each pair is seen'),
  pairs: PairSource.default('answers').describe('The right answer against an altered one (bare, or ending a written path), or the best rollout of a group against its worst'),
  pairsPerItem: z.int().positive().max(16).default(1).describe('Altered answers per question or path'),
  items: z.int().nonnegative().default(0).describe('Questions to make pairs from; 0 = all training items'),
  beta: z.number().positive().max(10).default(0.1).describe('How strongly the policy is held to the reference'),
  labelSmoothing: z.number().min(0).max(0.5).default(0).describe('Share of pairs taken to be the wrong way round'),
  lengthNormalised: z.boolean().default(false).describe('Compare mean log-probabilities per token, not sums'),
  learnStop: z.boolean().default(true).describe('Compare the closing token too'),
  groupSize: z.int().min(1).max(256).default(8).describe('For rollouts: paths of a question, of which the best and the worst make a pair'),
  temperature: z.number().positive().max(2).default(1).describe('For rollouts: sampling temperature')
})
export type DpoConfig = z.infer<typeof DpoConfig>

export const StageConfig = z.discriminatedUnion('stage', [
  z.object({ stage: z.literal('coldStart'), config: ColdStartConfig }),
  z.object({ stage: z.literal('answerSft'), config: SupervisedConfig }),
  z.object({ stage: z.literal('reflective'), config: ReflectiveConfig }),
  z.object({ stage: z.literal('grpo'), config: GrpoConfig }),
  z.object({ stage: z.literal('dpo'), config: DpoConfig })
])
export type StageConfig = z.infer<typeof StageConfig>

/** A named starting point for a stage's form; data, in resources/presets. `sentences`: what it is for, in other languages by their codes. `prompt` and `drawStyle`: those it is meant for, where that matters. */
export const Preset = z.object({ name: z.string(), sentence: z.string(), sentences: z.record(z.string(), z.string()).optional(), settings: StageConfig, prompt: z.string().optional(), drawStyle: z.string().optional() })
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
