import { z } from 'zod'
import { DrawOp } from '../domain/drawOp.ts'
import { EditHistory } from '../domain/editHistory.ts'
import { ItemId, TrajectoryId } from '../domain/ids.ts'
import { procedure } from './base.ts'

/** Another newest version of the same path, made by a person at the same time in another window or from an older version. */
export const Rival = z.object({ id: TrajectoryId, reviewer: z.string(), createdAt: z.string() })
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

export const editingContract = {
  open: procedure.input(z.object({ id: TrajectoryId, reviewer: z.string().min(1).max(80) })).output(EditingState),
  /** `mine` and `theirs` leave the other version out of lists (it stays among the versions), `both` makes two paths of them. */
  settle: procedure.input(z.object({ id: TrajectoryId, rival: TrajectoryId, choice: z.enum(['mine', 'theirs', 'both']) })).output(z.object({ rivals: z.array(Rival) })),
  /** Labels to offer: those of the item's paths and ground truth, then the project's most used ones of late. */
  labels: procedure.input(z.object({ itemId: ItemId })).output(z.object({ item: z.array(z.string()), project: z.array(z.string()) }))
}
