import { z } from 'zod'
import { DeviceWish } from '../domain/device.ts'
import { MIN_TEACHER_STEPS } from '../domain/endpoint.ts'
import { CheckpointId, ItemId, JobId, PrelabelId } from '../domain/ids.ts'
import { procedure } from './base.ts'
import { ItemFilter } from './items.ts'
import { PathWriter } from './pathWriter.ts'
import { TrajectoryFilter } from './trajectories.ts'

/** The items to write paths for: chosen ones, or all that a list shows (those of its paths, for a list of paths). */
export const PrelabelSource = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('items'), itemIds: z.array(ItemId).min(1).max(100_000) }),
  /** `tasks` empty: those of the filter. */
  z.object({ kind: z.literal('itemQuery'), filter: ItemFilter, tasks: z.array(z.string()).default([]) }),
  z.object({ kind: z.literal('pathQuery'), filter: TrajectoryFilter })
])
export type PrelabelSource = z.infer<typeof PrelabelSource>

/** Which paths of an item are stored: all, those that answer rightly, or the one with the highest reward. */
export const KeepRule = z.enum(['all', 'right', 'best'])
export type KeepRule = z.infer<typeof KeepRule>

/** Lets a checkpoint or an endpoint write paths for people to accept, correct or continue. They stand beside whatever there is. */
export const PrelabelRequest = z.object({
  writer: PathWriter,
  source: PrelabelSource,
  /** Items left out: none, those with any path, or those this writer has written a path for beside a training. */
  skip: z.enum(['none', 'withPath', 'withOwn']).default('withPath'),
  /** Items at most, shared out evenly over the tasks; null: all. */
  limit: z.int().positive().max(1_000_000).nullable().default(null),
  samples: z.int().positive().max(256).default(1),
  temperature: z.number().nonnegative().max(2).default(0.7),
  keep: KeepRule.default('all'),
  seed: z.int().nonnegative().max(2 ** 31 - 1).default(1),
  /** What a checkpoint runs on; left out: as the user set. */
  device: DeviceWish.optional(),
  /** null: as the checkpoint was taught; for an endpoint, which must be told the form of the answers, `vilasr`. */
  prompt: z.string().nullable().default(null),
  /** null: as the checkpoint, or an endpoint's student, was taught. */
  drawStyle: z.string().nullable().default(null),
  /** The model an endpoint's paths are for: pictures are shown, and coordinates counted, in its sizes; null: the base model. */
  studentId: CheckpointId.nullable().default(null),
  /** An endpoint's shorter paths are stored but not learnt from. */
  minSteps: z.int().positive().max(64).default(MIN_TEACHER_STEPS),
  /** Limits of an endpoint's paths; a checkpoint has its own. */
  maxTurnTokens: z.int().positive().max(100_000).default(2048),
  maxTurns: z.int().positive().max(64).default(10)
}).refine(({ samples, temperature }) => samples === 1 || temperature > 0, { path: ['samples'], message: 'greedy samples of an item are all the same: ask for one, or raise the temperature' })
export type PrelabelRequest = z.infer<typeof PrelabelRequest>

export const PrelabelPreview = z.object({
  /** Items of the source, those left out of it, and those to be written for. */
  found: z.int(),
  skipped: z.int(),
  items: z.int(),
  /** Paths to be written. */
  paths: z.int(),
  /** By this writer's rate the last time; null while it has not been measured. */
  seconds: z.number().nullable(),
  /** What a checkpoint needs; null for an endpoint. */
  memory: z.object({ bytes: z.number(), machineBytes: z.number(), fits: z.enum(['yes', 'tight', 'no']) }).nullable()
})
export type PrelabelPreview = z.infer<typeof PrelabelPreview>

/** A pre-labelling that ended before its last item. */
export const OpenPrelabel = z.object({ id: PrelabelId, title: z.string(), items: z.int(), done: z.int(), createdAt: z.string() })
export type OpenPrelabel = z.infer<typeof OpenPrelabel>

const started = z.object({ id: PrelabelId, jobId: JobId })
const ofPrelabel = z.object({ id: PrelabelId })

export const prelabelContract = {
  /** Starts nothing. */
  preview: procedure.input(PrelabelRequest).output(PrelabelPreview),
  start: procedure.input(PrelabelRequest).output(started),
  /** Those that were stopped, failed or were killed with the program, newest first. */
  open: procedure.output(z.array(OpenPrelabel)),
  /** Goes on with the items that are not done, with the same seeds. */
  resume: procedure.input(ofPrelabel).output(started),
  /** Forgets what is not done; paths that were written stay. */
  forget: procedure.input(ofPrelabel).output(z.object({}))
}
