import { z } from 'zod'
import { ItemSummary } from './datasetItem.ts'

/**
 * What can be found of items that show the same pictures. `leakage`: on both sides of the line between training and the splits that
 * measure it. `duplicate`: the same question too, on one side of it. `shared`: any items over the same picture.
 */
export const SimilarKind = z.enum(['leakage', 'duplicate', 'shared'])
export type SimilarKind = z.infer<typeof SimilarKind>

/** How many findings of each kind there are, and how many items they hold. */
export const SimilarCounts = z.object({
  leakage: z.object({ groups: z.int(), items: z.int(), training: z.int() }),
  /** `copies`: all but the oldest of each. */
  duplicate: z.object({ groups: z.int(), items: z.int(), copies: z.int() }),
  shared: z.object({ groups: z.int(), items: z.int() })
})
export type SimilarCounts = z.infer<typeof SimilarCounts>

export const SimilarItem = ItemSummary.extend({
  /** Asks what the finding's first item asks, over the same pictures. */
  twin: z.boolean(),
  /** How much of the first item's wording its question shares, 0 to 1. */
  wording: z.number()
})
export type SimilarItem = z.infer<typeof SimilarItem>

/** One finding: its first items, oldest first, of how many. */
export const SimilarGroup = z.object({ key: z.int(), size: z.int(), items: z.array(SimilarItem) })
export type SimilarGroup = z.infer<typeof SimilarGroup>

/** How far the comparing is: `pending` items are new or changed since they were compared. */
export const SimilarState = z.object({
  pending: z.int(), running: z.boolean(), done: z.int(), total: z.int(),
  /** Why the last pass broke off. */
  failure: z.string().nullable()
})
export type SimilarState = z.infer<typeof SimilarState>

/** Training questions that show a picture of the splits that measure, and items not compared yet. */
export const Leakage = z.object({ questions: z.int(), pending: z.int() })
export type Leakage = z.infer<typeof Leakage>
