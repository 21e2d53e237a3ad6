import { z } from 'zod'
import { DatasetItem } from './datasetItem.ts'
import { ItemFields } from './itemFields.ts'

/** Everything of an item that has versions; its id, origin and date never change. */
export const ItemState = ItemFields.extend({ truth: DatasetItem.shape.truth, trashed: z.boolean() })
export type ItemState = z.infer<typeof ItemState>
export type ItemStateField = keyof ItemState

const change = <S extends z.ZodType>(value: S) => z.tuple([value, value]).optional()

const { shape } = ItemState
/** What one version changed: before and after, by field. */
export const ItemDiff = z.strictObject({
  question: change(shape.question), options: change(shape.options), answer: change(shape.answer), questionType: change(shape.questionType),
  dataType: change(shape.dataType), images: change(shape.images), truth: change(shape.truth), tags: change(shape.tags),
  split: change(shape.split), task: change(shape.task), trashed: change(shape.trashed)
})
export type ItemDiff = z.infer<typeof ItemDiff>

/** `undo` and `redo` go back and forth by the keyboard, `restore` takes a version from the history, `bulk` is one of many at once. */
export const ItemChangeKind = z.enum(['edit', 'restore', 'undo', 'redo', 'bulk'])
export type ItemChangeKind = z.infer<typeof ItemChangeKind>

/** How a version of an item came to be; versions count from 1, which nobody made by hand. */
export const ItemChange = z.object({
  version: z.int().min(2),
  at: z.string(),
  author: z.string(),
  kind: ItemChangeKind,
  /** The version this one reads like, where it was restored. */
  restored: z.int().positive().nullable(),
  diff: ItemDiff
})
export type ItemChange = z.infer<typeof ItemChange>

/** The fields in which two states differ, with both values. */
export function diffOf(before: ItemState, after: ItemState): ItemDiff {
  const fields = Object.keys(ItemState.shape) as ItemStateField[]
  const changed = fields.filter((field) => JSON.stringify(before[field]) !== JSON.stringify(after[field]))
  return ItemDiff.parse(Object.fromEntries(changed.map((field) => [field, [before[field], after[field]]])))
}

/** A diff field by field, in the order of an item's fields. */
export function changesOf(diff: ItemDiff): { field: ItemStateField; before: unknown; after: unknown }[] {
  const fields = Object.keys(ItemState.shape) as ItemStateField[]
  return fields.flatMap((field) => {
    const values: readonly [unknown, unknown] | undefined = diff[field]
    return values === undefined ? [] : [{ field, before: values[0], after: values[1] }]
  })
}

/** The state before a change. */
export function undoDiff(after: ItemState, diff: ItemDiff): ItemState {
  return { ...after, ...Object.fromEntries(changesOf(diff).map(({ field, before }) => [field, before])) }
}

/** Changes in a row as one, the oldest first; what came back to where it was is no change. */
export function joinDiffs(diffs: readonly ItemDiff[]): ItemDiff {
  const joined: Record<string, [unknown, unknown]> = {}
  for (const diff of diffs) {
    for (const { field, before, after } of changesOf(diff)) joined[field] = [field in joined ? joined[field]?.[0] : before, after]
  }
  return ItemDiff.parse(Object.fromEntries(Object.entries(joined).filter(([, [before, after]]) => JSON.stringify(before) !== JSON.stringify(after))))
}
