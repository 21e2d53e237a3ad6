import { eventIterator } from '@orpc/contract'
import { z } from 'zod'
import { DatasetItem, Split } from '../domain/datasetItem.ts'
import { ItemId } from '../domain/ids.ts'
import { ImageRef } from '../domain/imageRef.ts'
import { ItemChange } from '../domain/itemChange.ts'
import { ItemField, ItemFields } from '../domain/itemFields.ts'
import { procedure, ProjectPath } from './base.ts'

/** An item with what an editor needs to know beside it. */
export const OpenedItem = z.object({
  item: DatasetItem.required({ version: true }),
  trashed: z.boolean(),
  /** How it came to be so, newest first; the newest 200. */
  changes: z.array(ItemChange),
  /** Paths to it, and those of them that answer an earlier version; `rescorable`: of these, the ones that can be scored again. */
  paths: z.object({ all: z.int(), outdated: z.int(), rescorable: z.int() }),
  /** How many of its up-to-date paths draw on each picture, in the order of the pictures. */
  drawnOn: z.array(z.int()),
  /** Items over one of the same pictures in other splits: what is learned there is no longer unseen here. */
  sharing: z.array(z.object({ split: Split, items: z.int() })),
  /** Names of the dataset versions that hold it, newest first. */
  frozenIn: z.array(z.string())
})
export type OpenedItem = z.infer<typeof OpenedItem>

/** Where somebody changed the same field since the version an edit was made on; empty: the edit is stored. */
export const EditConflicts = z.array(z.object({ field: ItemField, author: z.string() }))
export type EditConflicts = z.infer<typeof EditConflicts>

/** An item has a new version, or its paths new rewards; null: many items at once. */
export const ItemEdited = z.object({ itemId: ItemId.nullable() })
export type ItemEdited = z.infer<typeof ItemEdited>

const edited = { id: ItemId, author: z.string().min(1).max(80), baseVersion: z.int().positive() }

export const itemEditsContract = {
  open: procedure.input(z.object({ id: ItemId })).output(OpenedItem),
  /** Durable before it answers; with conflicts, nothing of the edit is stored. Fields left out stay as they are. */
  edit: procedure.input(z.object({ ...edited, fields: ItemFields.partial() })).output(z.object({ conflicts: EditConflicts, opened: OpenedItem })),
  /** A question that a person wrote over pictures from `addPictures`. Durable before it answers. */
  create: procedure.input(z.object({ fields: ItemFields })).output(z.object({ id: ItemId })),
  /** A new version that reads like an earlier one. */
  restore: procedure.input(z.object({ ...edited, version: z.int().positive(), kind: z.enum(['restore', 'undo', 'redo']) })).output(OpenedItem),
  /** What any window changes from now on. */
  watch: procedure.output(eventIterator(ItemEdited)),
  /** Takes uploaded pictures and videos (as frames) of one batch below `inbox/` into the project, to be given to items. */
  addPictures: procedure.input(z.object({ folder: ProjectPath, files: z.array(ProjectPath).min(1).max(500) })).output(z.array(ImageRef)),
  tags: procedure.output(z.array(z.object({ tag: z.string(), items: z.int() }))),
  /**
   * Scores the paths of earlier versions by the question as it is now, and lets them stand on it. Left as they are: paths over other
   * pictures, whose shapes would mean something else, and paths a training run learned from or an evaluation measured.
   */
  rescore: procedure.input(z.object({ id: ItemId })).output(z.object({ scored: z.int(), left: z.int(), opened: OpenedItem }))
}
