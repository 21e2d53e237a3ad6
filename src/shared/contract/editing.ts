import { eventIterator } from '@orpc/contract'
import { z } from 'zod'
import { DrawOp } from '../domain/drawOp.ts'
import { EditHistory } from '../domain/editHistory.ts'
import { ItemId, TrajectoryId } from '../domain/ids.ts'
import { procedure } from './base.ts'

/** Another newest version of the same path, made by a person at the same time in another window or from an older version. */
export const Rival = z.object({
  id: TrajectoryId, reviewer: z.string(), createdAt: z.string(),
  /** It was chosen in place of the version asked about, which is left out of lists. */
  chosen: z.boolean()
})
export type Rival = z.infer<typeof Rival>

/** What an editor needs besides the path itself. */
export const EditingState = z.object({
  /** Null where this reviewer has not edited this version. */
  history: EditHistory.nullable(),
  /** Operations by step as the path was before any person edited it. */
  original: z.array(z.array(DrawOp)),
  rivals: z.array(Rival)
})
export type EditingState = z.infer<typeof EditingState>

/** What of a step only the program can tell. */
export const StepReading = z.object({
  /** The turn keeps the form its prompt asks for (S_format is 1 when every turn does). */
  wellFormed: z.boolean(),
  /** What each sampled token wrote; null where no model of this project sampled the turn. */
  tokenTexts: z.array(z.string()).nullable()
})
export type StepReading = z.infer<typeof StepReading>

/** A version of one of an item's paths was stored, or rival ones were told apart or chosen from. */
export const PathChange = z.object({ itemId: ItemId, trajectoryId: TrajectoryId })
export type PathChange = z.infer<typeof PathChange>

/** A reviewer said something of many paths at once, or took it back. */
export const ManyJudged = z.object({ judgedBy: z.string() })
export type ManyJudged = z.infer<typeof ManyJudged>

export const editingContract = {
  open: procedure.input(z.object({ id: TrajectoryId, reviewer: z.string().min(1).max(80) })).output(EditingState),
  /** One a step of the path. */
  readings: procedure.input(z.object({ id: TrajectoryId })).output(z.array(StepReading)),
  /** What any window changes from now on. */
  watch: procedure.output(eventIterator(z.union([PathChange, ManyJudged]))),
  /** `mine` and `theirs` leave the other version out of lists (it stays among the versions), `both` makes two paths of them. */
  settle: procedure.input(z.object({ id: TrajectoryId, rival: TrajectoryId, choice: z.enum(['mine', 'theirs', 'both']) })).output(z.object({ rivals: z.array(Rival) })),
  /** Labels to offer: those of the item's paths and ground truth, then the project's most used ones of late. */
  labels: procedure.input(z.object({ itemId: ItemId })).output(z.object({ item: z.array(z.string()), project: z.array(z.string()) }))
}
