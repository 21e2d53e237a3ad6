import { z } from 'zod'
import { JobId, TrajectoryId } from '../domain/ids.ts'
import { ReviewAction, ReviewBatch } from '../domain/reviewBatch.ts'
import { TrajectorySummary } from '../domain/reward.ts'
import { Verdict } from '../domain/review.ts'
import { PageRequest, page, procedure } from './base.ts'
import { TrajectoryFilter } from './trajectories.ts'

const Reviewer = z.string().min(1).max(80)

export const ReviewerProgress = z.object({
  name: z.string(), accepted: z.int(), rejected: z.int(), marked: z.int(), commented: z.int(),
  /** When this reviewer last said something. */
  last: z.string()
})
export type ReviewerProgress = z.infer<typeof ReviewerProgress>

/** Two reviewers on the paths both gave a verdict; see `agreementOf`. */
export const ReviewerPair = z.object({ first: z.string(), second: z.string(), overlap: z.int(), share: z.number().nullable(), kappa: z.number().nullable() })
export type ReviewerPair = z.infer<typeof ReviewerPair>

export const ReviewProgress = z.object({
  /** Newest versions of all paths, and how many of them no, one or several reviewers gave a verdict. */
  paths: z.int(), open: z.int(), once: z.int(), several: z.int(), disputed: z.int(),
  reviewers: z.array(ReviewerProgress), pairs: z.array(ReviewerPair)
})
export type ReviewProgress = z.infer<typeof ReviewProgress>

/** A path reviewers differ on. What others said is hidden (`said` empty) until the reviewer who asks gave a verdict. */
export const Conflict = z.object({
  id: TrajectoryId, question: z.string(), answer: z.string().nullable(), reviewers: z.int(),
  said: z.array(z.object({ reviewer: z.string(), verdict: Verdict.nullable(), reflective: z.boolean().nullable() }))
})
export type Conflict = z.infer<typeof Conflict>

export const reviewersContract = {
  progress: procedure.output(ReviewProgress),
  /** Newest paths first. */
  conflicts: procedure.input(z.object({ reviewer: Reviewer, page: PageRequest })).output(page(Conflict)),
  bulk: {
    /** What an action would do: paths that pass the filter, how many of them it changes, what this reviewer said of them, and some of those it changes. */
    preview: procedure.input(z.object({ filter: TrajectoryFilter, reviewer: Reviewer, action: ReviewAction }))
      .output(z.object({ paths: z.int(), changed: z.int(), accepted: z.int(), rejected: z.int(), examples: z.array(TrajectorySummary) })),
    apply: procedure.input(z.object({ filter: TrajectoryFilter, reviewer: Reviewer, action: ReviewAction })).output(ReviewBatch),
    /** The same as a job, for many: its progress is followed, it can be cancelled, and it goes on when the window is closed. */
    start: procedure.input(z.object({ filter: TrajectoryFilter, reviewer: Reviewer, action: ReviewAction })).output(z.object({ jobId: JobId })),
    /** This reviewer's newest batch that was not taken back. */
    last: procedure.input(z.object({ reviewer: Reviewer })).output(ReviewBatch.nullable()),
    /** Paths the reviewer said something else about since are left as they are. */
    undo: procedure.input(z.object({ id: z.string(), reviewer: Reviewer })).output(z.object({ undone: z.int(), left: z.int() })),
    startUndo: procedure.input(z.object({ id: z.string(), reviewer: Reviewer })).output(z.object({ jobId: JobId }))
  }
}
