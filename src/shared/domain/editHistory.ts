import { z } from 'zod'
import { PathRecord } from './pathRecord.ts'

/** How many edits of a path can be taken back; older ones stay as versions. */
export const HISTORY_LIMIT = 200
/** How many records those edits may hold on each side: edits of a thousand shapes at once would else be sent by the megabyte with every key. */
export const HISTORY_RECORDS = 20_000

/** What one edit did: whole records before and after, so that it can be undone. */
export const PathDiff = z.object({
  added: z.array(PathRecord).readonly(),
  removed: z.array(PathRecord).readonly(),
  updated: z.array(z.tuple([PathRecord, PathRecord]).readonly()).readonly()
}).readonly()
export type PathDiff = z.infer<typeof PathDiff>

/** Undo and redo of one reviewer on one version of a path, kept in the project beside that version. */
export const EditHistory = z.object({
  /** The version's shapes under the ids that the edits know them by. */
  shapes: z.array(z.object({ id: z.string().max(80), step: z.int().nonnegative(), order: z.number() }).readonly()).max(100_000).readonly(),
  /** Oldest first. */
  done: z.array(PathDiff).max(HISTORY_LIMIT).readonly(),
  /** The next one to redo last. */
  undone: z.array(PathDiff).max(HISTORY_LIMIT).readonly()
}).readonly()
export type EditHistory = z.infer<typeof EditHistory>
