import { z } from 'zod'
import { ReviewId, TrajectoryId } from './ids.ts'

export const Verdict = z.enum(['accept', 'reject'])
export type Verdict = z.infer<typeof Verdict>

/** One operation of a path: its step and its place in that step's writing order, both 0-based. */
export const OperationPlace = z.object({ step: z.int().nonnegative(), op: z.int().nonnegative() })
export type OperationPlace = z.infer<typeof OperationPlace>

/** A person's word on one revision: `to` is a second look at what `from` drew (`real`), or only looks like one. */
export const RevisionMark = z.object({ from: OperationPlace, to: OperationPlace, real: z.boolean() })
export type RevisionMark = z.infer<typeof RevisionMark>

/** A person's word on one step, 0-based. A rejected step is left out of what supervised stages learn (setting `maskRejected`). */
export const StepVerdict = z.object({ step: z.int().nonnegative(), verdict: Verdict, comment: z.string().max(2000).default('') })
export type StepVerdict = z.infer<typeof StepVerdict>

/** A person's statement about a path; reviews are appended, the newest of a reviewer counts. */
export const Review = z.object({
  id: ReviewId,
  trajectoryId: TrajectoryId,
  reviewer: z.string().min(1),
  verdict: Verdict.nullable(),
  /** true: marked reflective by hand; false: the automatic mark is wrong; null: no opinion. */
  reflective: z.boolean().nullable(),
  comment: z.string(),
  /** Revisions confirmed, refused or added one by one; `reflective` above speaks for the path as a whole. */
  revisions: z.array(RevisionMark).max(1000).default([]),
  /** At most one word on each step. */
  steps: z.array(StepVerdict).max(1000).default([]),
  createdAt: z.iso.datetime()
})
export type Review = z.infer<typeof Review>

/** What a review says, without who said it when about what. */
export const ReviewStatement = Review.pick({ verdict: true, reflective: true, revisions: true, steps: true }).extend({ comment: z.string().max(10_000).default('') })
export type ReviewStatement = z.infer<typeof ReviewStatement>
