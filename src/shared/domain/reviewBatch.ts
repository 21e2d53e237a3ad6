import { z } from 'zod'

/** What a reviewer may say of many paths at once; comments, single revisions and steps stay as they are. */
export const ReviewAction = z.enum(['accept', 'reject', 'markReflective', 'markNotReflective', 'clear'])
export type ReviewAction = z.infer<typeof ReviewAction>

/** One such word on many paths, which can be taken back as one. */
export const ReviewBatch = z.object({ id: z.string(), reviewer: z.string(), action: ReviewAction, changed: z.int(), at: z.iso.datetime() })
export type ReviewBatch = z.infer<typeof ReviewBatch>
