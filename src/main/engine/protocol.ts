import { z } from 'zod'
import { Checkpoint } from '#shared/domain/checkpoint.ts'
import { DatasetItem } from '#shared/domain/datasetItem.ts'
import { DeviceName } from '#shared/domain/device.ts'
import { ErrorRecord } from '#shared/domain/errors.ts'
import { EvaluationRun } from '#shared/domain/evaluation.ts'
import { EvaluationId } from '#shared/domain/ids.ts'
import { Progress } from '#shared/domain/job.ts'
import { EngineUsage } from '#shared/domain/machine.ts'
import { Preflight, PreflightCheck } from '#shared/domain/preflight.ts'
import { Reward } from '#shared/domain/reward.ts'
import { TrainingRun } from '#shared/domain/trainingRun.ts'
import { Sampling, Trajectory } from '#shared/domain/trajectory.ts'
import { Split } from '#shared/domain/datasetItem.ts'

/** One line of the frozen data a job reads (`dataset.jsonl` beside the run): an item and the paths to learn from. */
export const DatasetLine = z.object({
  item: DatasetItem,
  trajectories: z.array(Trajectory),
  /** What people's reviews say of some of the paths, by path id, when the data was frozen. */
  opinions: z.record(z.string(), z.enum(['kept', 'vetoed'])).optional(),
  /** Steps (0-based) of some of the paths that people rejected, by path id, when the data was frozen. */
  rejected: z.record(z.string(), z.array(z.int().nonnegative())).optional()
})
export type DatasetLine = z.infer<typeof DatasetLine>

const common = {
  /** Absolute; the engine reads blobs and checkpoints below it and writes blobs and run folders, never the database. */
  projectFolder: z.string(),
  /** Absolute path of the job's frozen DatasetLine file. */
  dataset: z.string(),
  checkpoint: Checkpoint,
  prompt: z.string(),
  drawStyle: z.string(),
  /** Areas pictures are brought into; null or left out = the checkpoint's own limits. */
  pixels: z.object({ minPixels: z.int().positive(), maxPixels: z.int().positive() }).nullable().optional(),
  threads: z.int().positive(),
  /** What graphs run on; left out: the CPU. */
  device: DeviceName.optional(),
  /** Bytes of the largest buffer the graphics device was found to make; left out: not known. */
  largestBuffer: z.number().positive().optional()
}

export const EngineJob = z.discriminatedUnion('kind', [
  /** `places`: where each item stands among all of a work that is gone on with; its seeds are those of its place. */
  z.object({ kind: z.literal('rollout'), ...common, sampling: Sampling, samplesPerItem: z.int().positive(), keepSteps: z.int().nonnegative().optional(), places: z.array(z.int().nonnegative()).optional() }),
  z.object({ kind: z.literal('evaluate'), ...common, sampling: Sampling, split: Split, evaluationId: EvaluationId, label: z.string() }),
  /**
   * `checkpoint` is the starting point; `runFolder` is absolute. A run folder with a saved state goes on from it. `saveSeconds`: how
   * much work a kill may cost besides the step in hand.
   */
  z.object({ kind: z.literal('train'), ...common, run: TrainingRun, runFolder: z.string(), saveSeconds: z.number().nonnegative().optional() }),
  /**
   * Looks at what a run would need and takes a few of its steps for nothing; `runFolder` is its own and goes afterwards; `cardBytes`: memory of the graphics card, where the system
   * tells; `found`: what was found before, told with the rest.
   */
  z.object({ kind: z.literal('preflight'), ...common, run: TrainingRun, runFolder: z.string(), rehearse: z.boolean(), cardBytes: z.number().nullable().optional(), found: z.array(PreflightCheck).optional() }),
  /** `source` is an absolute Hugging Face folder; it becomes `models/<folderName>-<hash>` of the project, called `name`, in 4 bits where `quantize`. */
  z.object({
    kind: z.literal('importModel'), projectFolder: z.string(), source: z.string(), name: z.string(), folderName: z.string(),
    quantize: z.boolean().optional(), threads: z.int().positive().optional()
  })
])
export type EngineJob = z.infer<typeof EngineJob>
export type PreflightJob = Extract<EngineJob, { kind: 'preflight' }>
/** Jobs that work with a checkpoint of the project on frozen data. */
export type BenchJob = Exclude<EngineJob, { kind: 'importModel' }>

/**
 * Main -> engine. `stop` ends after the step (or the batch of rollouts) in hand; a hard stop is SIGKILL. `pause` holds a training run
 * there until `continue`. `stored` answers a `mark`.
 */
export const EngineRequest = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('start'), job: EngineJob }),
  z.object({ kind: z.literal('stop') }),
  z.object({ kind: z.literal('pause') }),
  z.object({ kind: z.literal('continue') }),
  z.object({ kind: z.literal('stored'), mark: z.int() })
])
export type EngineRequest = z.infer<typeof EngineRequest>

/** Engine -> main, in order; main stores each before it is shown. Pictures are already in the blob folder. */
export const EngineEvent = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('progress'), progress: Progress }),
  z.object({ kind: z.literal('log'), level: z.enum(['info', 'warning', 'error']), text: z.string() }),
  z.object({ kind: z.literal('metrics'), step: z.int(), seconds: z.number(), totalSteps: z.int().nullable(), values: z.record(z.string(), z.number()) }),
  z.object({ kind: z.literal('trajectory'), trajectory: Trajectory, reward: Reward }),
  /** Steps begin after `step`: numbers of later ones come again. */
  z.object({ kind: z.literal('began'), step: z.int().nonnegative() }),
  /** Everything before this is to be on the disk before it is answered by `stored`. */
  z.object({ kind: z.literal('mark'), mark: z.int() }),
  /** About once a second, whatever the job does. */
  z.object({ kind: z.literal('usage'), usage: EngineUsage }),
  z.object({ kind: z.literal('paused') }),
  z.object({ kind: z.literal('continued') }),
  z.object({ kind: z.literal('preflight'), preflight: Preflight }),
  z.object({ kind: z.literal('checkpoint'), checkpoint: Checkpoint }),
  z.object({ kind: z.literal('evaluation'), evaluation: EvaluationRun }),
  z.object({ kind: z.literal('finished'), summary: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])) }),
  z.object({ kind: z.literal('stopped') }),
  z.object({ kind: z.literal('failed'), error: ErrorRecord })
])
export type EngineEvent = z.infer<typeof EngineEvent>
