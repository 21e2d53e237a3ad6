import { z } from 'zod'
import { ItemFilter } from '#shared/contract/items.ts'
import { TrajectoryFilter } from '#shared/contract/trajectories.ts'
import { sqlite } from './connection.ts'
import { decode, json, required } from './decode.ts'
import type { ProjectReader, ProjectWriter } from './project.ts'

/** A named view of a list; data, so that it travels with the project. */
export const SavedFilter = z.discriminatedUnion('target', [
  z.object({ target: z.literal('items'), name: z.string().min(1).max(80), filter: ItemFilter }),
  z.object({ target: z.literal('trajectories'), name: z.string().min(1).max(80), filter: TrajectoryFilter })
])
export type SavedFilter = z.infer<typeof SavedFilter>

/** Keeps the view under its name; one of the same name is replaced. */
export function saveFilter(project: ProjectWriter, saved: SavedFilter): void {
  const { target, name } = saved
  const filter = JSON.stringify(saved.filter)
  project.run(sqlite.insertInto('saved_filters').values({ target, name, filter }).onConflict((at) => at.columns(['target', 'name']).doUpdateSet({ filter })))
}

/** Views of one list, by name. */
export function listFilters(project: ProjectReader, target: SavedFilter['target']): SavedFilter[] {
  return project.all(sqlite.selectFrom('saved_filters').selectAll().where('target', '=', target).orderBy('name'))
    .map((row) => decode(SavedFilter, { target: row.target, name: row.name, filter: json(row.filter) }, `saved filter ${row.name}`))
}

/** Throws `not_found`. */
export function deleteFilter(project: ProjectWriter, target: SavedFilter['target'], name: string): void {
  const gone = project.run(sqlite.deleteFrom('saved_filters').where('target', '=', target).where('name', '=', name))
  required(gone || undefined, 'saved filter', name)
}
