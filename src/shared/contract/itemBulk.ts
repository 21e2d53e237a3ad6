import { z } from 'zod'
import { ItemSummary } from '../domain/datasetItem.ts'
import { ItemId, JobId } from '../domain/ids.ts'
import { ItemBatch, ItemBulkAction } from '../domain/itemBulk.ts'
import { procedure } from './base.ts'
import { ItemFilter } from './items.ts'

/** Everything that passes a filter, not only the page in view, or items picked one by one. */
export const ItemSelection = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('filter'), filter: ItemFilter }),
  z.object({ kind: z.literal('ids'), ids: z.array(ItemId).max(100_000) })
])
export type ItemSelection = z.infer<typeof ItemSelection>

const Author = z.string().min(1).max(80)
const Started = z.object({ jobId: JobId })

/** Frozen data needs its items for good: which of a selection those are. */
export const FrozenItems = z.object({ count: z.int(), examples: z.array(z.object({ id: ItemId, question: z.string(), versions: z.array(z.string()) })) })
export type FrozenItems = z.infer<typeof FrozenItems>

export const itemBulkContract = {
  preview: procedure.input(z.object({ selection: ItemSelection, action: ItemBulkAction }))
    .output(z.object({ items: z.int(), changed: z.int(), paths: z.int(), examples: z.array(ItemSummary) })),
  apply: procedure.input(z.object({ selection: ItemSelection, action: ItemBulkAction, author: Author })).output(ItemBatch),
  /** The same as a job, for many: its progress is followed, it can be cancelled, and it goes on when the window is closed. */
  start: procedure.input(z.object({ selection: ItemSelection, action: ItemBulkAction, author: Author })).output(Started),
  last: procedure.output(ItemBatch.nullable()),
  /** Items that were changed again since are left as they are. */
  undo: procedure.input(z.object({ id: z.string(), author: Author })).output(z.object({ undone: z.int(), left: z.int() })),
  startUndo: procedure.input(z.object({ id: z.string(), author: Author })).output(Started),
  /** What deleting a selection of the trash for ever would take away, and what frozen data keeps. */
  previewDeletion: procedure.input(z.object({ selection: ItemSelection })).output(z.object({ items: z.int(), paths: z.int(), kept: FrozenItems })),
  deleteForEver: procedure.input(z.object({ selection: ItemSelection })).output(z.object({ items: z.int(), paths: z.int(), kept: FrozenItems })),
  startDeletion: procedure.input(z.object({ selection: ItemSelection })).output(Started)
}
