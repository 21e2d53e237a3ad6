import { z } from 'zod'
import { CheckpointId, EvaluationId, JobId, TrajectoryId } from '../domain/ids.ts'
import { TrajectorySummary } from '../domain/reward.ts'
import { PageRequest, page, procedure } from './base.ts'
import { EvaluateRequest } from './training.ts'

/** How two checkpoints answered the same item: `lost` right then wrong, `won` wrong then right. */
export const PairOutcome = z.enum(['lost', 'won', 'bothWrong', 'bothRight', 'unscored'])
export type PairOutcome = z.infer<typeof PairOutcome>

/** What two evaluations made of their common items; `task` null: all tasks together. */
export const PairCounts = z.object({
  task: z.string().nullable(), lost: z.int(), won: z.int(), bothWrong: z.int(), bothRight: z.int(), unscored: z.int(),
  /** McNemar's exact test, two-sided, on `lost` against `won`. */
  p: z.number()
})
export type PairCounts = z.infer<typeof PairCounts>

export const Comparison = z.object({
  /** Tasks by name, then all together. */
  counts: z.array(PairCounts),
  /** Items only one of the two was asked. */
  onlyLeft: z.int(),
  onlyRight: z.int()
})
export type Comparison = z.infer<typeof Comparison>

const Side = z.object({ id: z.string(), answer: z.string().nullable(), finishReason: z.string(), steps: z.int() })

/** One item and the path each of the two wrote for it. */
export const ComparedPair = z.object({ itemId: z.string(), task: z.string(), question: z.string(), expected: z.string(), outcome: PairOutcome, left: Side, right: Side })
export type ComparedPair = z.infer<typeof ComparedPair>

export const PairSort = z.enum(['item', 'task', 'question', 'outcome', 'steps'])
export type PairSort = z.infer<typeof PairSort>

/** A path of an item; in the group of another one if they were sampled together. */
export const GroupMember = z.object({
  path: TrajectorySummary, inGroup: z.boolean(),
  /** How much better than its group, as the run that sampled it reckons; null outside the group and where it has no reward. */
  advantage: z.number().nullable()
})
export type GroupMember = z.infer<typeof GroupMember>

const sides = { left: EvaluationId, right: EvaluationId }

export const PairQuery = z.object({
  ...sides,
  task: z.string().nullable().default(null),
  /** Empty: any. */
  outcomes: z.array(PairOutcome).default([]),
  /** `steps`: by how many more turns the right one took. */
  sort: PairSort.default('item'),
  descending: z.boolean().default(false)
})
export type PairQuery = z.infer<typeof PairQuery>

/** What was found of a checkpoint's evaluation, or the job that makes it: one of the two is null. */
const Found = z.object({ evaluationId: EvaluationId.nullable(), jobId: JobId.nullable() })

export const comparisonContract = {
  /** The evaluations of both checkpoints over the same items in the same manner, the baseline first; those missing are started. */
  start: procedure.input(EvaluateRequest.omit({ checkpointId: true, label: true }).extend({ checkpointIds: z.tuple([CheckpointId, CheckpointId]) })).output(z.array(Found)),
  summary: procedure.input(z.object(sides)).output(Comparison),
  pairs: procedure.input(PairQuery.extend({ page: PageRequest })).output(page(ComparedPair)),
  /** Every path of the path's item, newest first. */
  group: procedure.input(z.object({ id: TrajectoryId })).output(z.array(GroupMember))
}
