import { z } from 'zod'
import { procedure } from './base.ts'
import { ItemFilter } from './items.ts'
import { TrajectoryFilter } from './trajectories.ts'

const Name = z.string().trim().min(1).max(80)

/** A named view of a list; data, so that it travels with the project. One of paths is also a review queue. */
export const SavedFilter = z.discriminatedUnion('target', [
  z.object({ target: z.literal('items'), name: Name, filter: ItemFilter }),
  z.object({ target: z.literal('trajectories'), name: Name, filter: TrajectoryFilter })
])
export type SavedFilter = z.infer<typeof SavedFilter>

export const FilterTarget = z.enum(['items', 'trajectories'])
export type FilterTarget = z.infer<typeof FilterTarget>

export const filtersContract = {
  /** Saved views of one list, by name. */
  list: procedure.input(z.object({ target: FilterTarget })).output(z.array(SavedFilter)),
  /** One of the same name is replaced. */
  save: procedure.input(SavedFilter).output(SavedFilter),
  /** Fails with `conflict` where the new name is taken, `not_found` where there is none of the old. */
  rename: procedure.input(z.object({ target: FilterTarget, name: Name, to: Name })),
  delete: procedure.input(z.object({ target: FilterTarget, name: Name }))
}
