import { z } from 'zod'
import { TrajectoryId } from '../domain/ids.ts'
import { TrajectorySummary } from '../domain/reward.ts'
import { procedure } from './base.ts'
import { TrajectoryFilter } from './trajectories.ts'

/** Queues that every project has. */
export const BuiltInQueue = z.enum(['notJudged', 'allWrong', 'formatFailed', 'revised', 'unsure', 'disagree', 'secondReview'])
export type BuiltInQueue = z.infer<typeof BuiltInQueue>

/** Which queue a place is in: a built-in one, or a saved view by its name. */
export const QueueKey = z.union([z.templateLiteral(['builtIn:', BuiltInQueue]), z.templateLiteral(['saved:', z.string().min(1).max(80)])])
export type QueueKey = z.infer<typeof QueueKey>

/** A review queue: a filter with a name, and how many paths pass it. */
export const Queue = z.object({ key: QueueKey, name: z.string(), filter: TrajectoryFilter, count: z.int() })
export type Queue = z.infer<typeof Queue>

/** Rows of a path list from anywhere in it, newest first: `offset` of them come before, `newer` and `older` go back as cursors. */
export const PathWindow = z.object({
  rows: z.array(TrajectorySummary), offset: z.int(), total: z.int(), newer: z.string().nullable(), older: z.string().nullable(),
  /** The first row at or after the reviewer's place in the queue, counted from the first of all; 0 where there is no place. */
  place: z.int(),
  /** How many of all the reviewer gave a verdict. */
  judged: z.int()
})
export type PathWindow = z.infer<typeof PathWindow>

const Reviewer = z.string().min(1).max(80)
const Asked = z.object({ filter: TrajectoryFilter, reviewer: Reviewer, limit: z.int().positive().max(500).default(100) })

export const queuesContract = {
  /** Built-in queues, then saved ones by name, with their counts for this reviewer. */
  list: procedure.input(z.object({ reviewer: Reviewer })).output(z.array(Queue)),
  /** A list around the reviewer's place in a queue, or from its start. Verdicts and marks in it are this reviewer's alone. */
  open: procedure.input(Asked.extend({ queue: QueueKey.nullable() })).output(PathWindow),
  /** More of such a list, in its order, next to the rows there are. */
  more: procedure.input(Asked.extend({ towards: z.enum(['newer', 'older']), cursor: z.string() }))
    .output(z.object({ rows: z.array(TrajectorySummary), next: z.string().nullable() })),
  /** Remembers where this reviewer is in a queue. */
  keepPlace: procedure.input(z.object({ queue: QueueKey, reviewer: Reviewer, id: TrajectoryId })),
  /** The confidence that this share of the project's sampled paths stays below; null while there is none. */
  confidenceAt: procedure.input(z.object({ share: z.number().min(0).max(1) })).output(z.object({ below: z.number().nullable() }))
}
