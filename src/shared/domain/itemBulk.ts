import { z } from 'zod'
import { Split } from './datasetItem.ts'

const Tag = z.string().trim().min(1).max(80)

/** What can be done to many items at once; each is one field of an item's version. */
export const ItemBulkAction = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('split'), split: Split }),
  z.object({ kind: z.literal('task'), task: z.string().trim().min(1).max(200) }),
  z.object({ kind: z.literal('addTag'), tag: Tag }),
  z.object({ kind: z.literal('removeTag'), tag: Tag }),
  z.object({ kind: z.literal('trash') }),
  z.object({ kind: z.literal('restore') })
])
export type ItemBulkAction = z.infer<typeof ItemBulkAction>

/** A bulk action that was carried out, so that it can be taken back as a whole. */
export const ItemBatch = z.object({
  id: z.string(),
  at: z.string(),
  author: z.string(),
  action: ItemBulkAction,
  /** Items it changed; those that were so already are not counted. */
  changed: z.int()
})
export type ItemBatch = z.infer<typeof ItemBatch>
