import { z } from 'zod'
import { DatasetItem } from '../domain/datasetItem.ts'
import { DeviceWish } from '../domain/device.ts'
import { DrawOp } from '../domain/drawOp.ts'
import { EditHistory } from '../domain/editHistory.ts'
import { ItemField } from '../domain/itemFields.ts'
import { CheckpointId, EvaluationId, ItemId, JobId, PrelabelId, RunId, TrajectoryId } from '../domain/ids.ts'
import { Review, ReviewStatement } from '../domain/review.ts'
import { Reward, TrajectorySummary } from '../domain/reward.ts'
import { FinishReason, Trajectory } from '../domain/trajectory.ts'
import { PageRequest, page, procedure } from './base.ts'
import { Rival } from './editing.ts'
import { PathWriter } from './pathWriter.ts'

export const TrajectoryFilter = z.object({
  text: z.string().default(''),
  task: z.string().nullable().default(null),
  origin: z.enum(['teacher', 'model', 'human']).nullable().default(null),
  itemId: ItemId.nullable().default(null),
  runId: RunId.nullable().default(null),
  /** Paths sampled in this step of their run, counted from 0: the point at step n of a curve was made by the paths of n - 1. */
  runStep: z.int().nonnegative().nullable().default(null),
  checkpointId: CheckpointId.nullable().default(null),
  /** Paths a model continued from this one. */
  continues: TrajectoryId.nullable().default(null),
  /** Paths that one pre-labelling made. */
  prelabelId: PrelabelId.nullable().default(null),
  /** Paths that one evaluation made. */
  evaluationId: EvaluationId.nullable().default(null),
  correct: z.boolean().nullable().default(null),
  reflective: z.boolean().nullable().default(null),
  verdict: z.enum(['accept', 'reject', 'none']).nullable().default(null),
  /** Whether every turn had the shape it should have and could be read (the reward's format part). */
  wellFormed: z.boolean().nullable().default(null),
  /** Whether a box was drawn anew elsewhere in a later step. */
  revised: z.boolean().nullable().default(null),
  /** true: every rollout sampled together with this one is wrong. */
  allWrong: z.boolean().nullable().default(null),
  /** Whether some step holds something that could not be used. */
  problems: z.boolean().nullable().default(null),
  /** Only paths less sure than this: the geometric mean of the token probabilities of the least sure turn, 0 to 1. */
  confidenceBelow: z.number().min(0).max(1).nullable().default(null),
  /** Whether reviewers differ in verdict or mark. */
  disagree: z.boolean().nullable().default(null),
  commented: z.boolean().nullable().default(null),
  finish: FinishReason.nullable().default(null),
  /** How many reviewers gave a verdict. */
  judges: z.enum(['none', 'one', 'several']).nullable().default(null),
  /** Whether the reviewer who asks gave a verdict. */
  mine: z.enum(['judged', 'open']).nullable().default(null),
  /** Only the newest version of each edited path. */
  newestOnly: z.boolean().default(true)
})
export type TrajectoryFilter = z.infer<typeof TrajectoryFilter>

export const TrajectoryDetail = z.object({
  trajectory: Trajectory,
  /** The question as the path knows it. */
  item: DatasetItem,
  /** What of the question was edited since the path was made: its reward is of the question it knows. */
  edited: z.array(ItemField),
  reward: Reward.nullable(),
  reviews: z.array(Review),
  /** Parents, oldest first, then this path's children. */
  ancestors: z.array(TrajectoryId),
  children: z.array(TrajectoryId),
  /** Other newest versions of the same path. */
  rivals: z.array(Rival)
})
export type TrajectoryDetail = z.infer<typeof TrajectoryDetail>

/**
 * A corrected copy: the operations of some steps (model pixels), a thought, or the answer. Steps left out stay. Operations name
 * images by their numbers in the corrected copy.
 */
export const TrajectoryEdit = z.object({
  parentId: TrajectoryId,
  reviewer: z.string().min(1).max(80),
  steps: z.array(z.object({ index: z.int().nonnegative(), thought: z.string().optional(), ops: z.array(DrawOp).optional() })),
  answer: z.string().optional(),
  /** The copy ends after this many steps, cut; null brings back what earlier versions had after a cut. Left out: it ends as its parent does. */
  keepSteps: z.int().positive().nullable().optional(),
  /** What the reviewer says about the new version, stored with it. */
  statement: ReviewStatement.optional(),
  history: EditHistory.optional()
})
export type TrajectoryEdit = z.infer<typeof TrajectoryEdit>

/** Lets a model go on from a path's first `keepSteps` turns; each continuation is a path of its own that names this one as its parent. */
export const ContinueRequest = z.object({
  id: TrajectoryId,
  keepSteps: z.int().nonnegative(),
  writer: PathWriter,
  samples: z.int().positive().max(64).default(4),
  temperature: z.number().nonnegative().max(2).default(1),
  seed: z.int().nonnegative().default(1),
  /** What a checkpoint runs on; left out: as the user set. */
  device: DeviceWish.optional()
})
export type ContinueRequest = z.infer<typeof ContinueRequest>

export const trajectoriesContract = {
  list: procedure.input(z.object({ filter: TrajectoryFilter, page: PageRequest })).output(page(TrajectorySummary)),
  get: procedure.input(z.object({ id: TrajectoryId })).output(TrajectoryDetail),
  /** Durable before it answers. Observations are drawn anew from the edited operations; the parent is never touched. */
  saveEdit: procedure.input(TrajectoryEdit).output(TrajectoryDetail),
  review: procedure
    .input(ReviewStatement.extend({ trajectoryId: TrajectoryId, reviewer: z.string().min(1).max(80), history: EditHistory.optional() }))
    .output(Review),
  continueFrom: procedure.input(ContinueRequest).output(z.object({ jobId: JobId }))
}
