import { z } from 'zod'
import { ReviewId, TrajectoryId } from './ids.ts'

export const Verdict = z.enum(['accept', 'reject'])
export type Verdict = z.infer<typeof Verdict>

/** A person's statement about a path; reviews are appended, the newest of a reviewer counts. */
export const Review = z.object({
  id: ReviewId,
  trajectoryId: TrajectoryId,
  reviewer: z.string().min(1),
  verdict: Verdict.nullable(),
  /** true: marked reflective by hand; false: the automatic mark is wrong; null: no opinion. */
  reflective: z.boolean().nullable(),
  comment: z.string(),
  createdAt: z.iso.datetime()
})
export type Review = z.infer<typeof Review>
