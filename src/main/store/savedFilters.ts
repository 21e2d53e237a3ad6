import { type FilterTarget, SavedFilter } from '#shared/contract/filters.ts'
import { sqlite } from './connection.ts'
import { decode, json, required } from './decode.ts'
import type { ProjectReader, ProjectWriter } from './project.ts'

/** Keeps the view under its name; one of the same name is replaced. */
export function saveFilter(project: ProjectWriter, saved: SavedFilter): void {
  const { target, name } = saved
  const filter = JSON.stringify(saved.filter)
  project.run(sqlite.insertInto('saved_filters').values({ target, name, filter }).onConflict((at) => at.columns(['target', 'name']).doUpdateSet({ filter })))
}

/** Views of one list, by name. */
export function listFilters(project: ProjectReader, target: FilterTarget): SavedFilter[] {
  return project.all(sqlite.selectFrom('saved_filters').selectAll().where('target', '=', target).orderBy('name'))
    .map((row) => decode(SavedFilter, { target: row.target, name: row.name, filter: json(row.filter) }, `saved filter ${row.name}`))
}

/** Renames a view; reviewers keep their places in it. Throws `not_found`, `conflict` where the name is taken. */
export function renameFilter(project: ProjectWriter, target: FilterTarget, name: string, to: string): void {
  project.transaction(() => {
    const renamed = project.run(sqlite.updateTable('saved_filters').set({ name: to }).where('target', '=', target).where('name', '=', name))
    required(renamed || undefined, 'saved filter', name)
    if (target === 'trajectories') project.run(sqlite.updateTable('queue_places').set({ queue: savedQueue(to) }).where('queue', '=', savedQueue(name)))
  })
}

/** Throws `not_found`. */
export function deleteFilter(project: ProjectWriter, target: FilterTarget, name: string): void {
  project.transaction(() => {
    const gone = project.run(sqlite.deleteFrom('saved_filters').where('target', '=', target).where('name', '=', name))
    required(gone || undefined, 'saved filter', name)
    if (target === 'trajectories') project.run(sqlite.deleteFrom('queue_places').where('queue', '=', savedQueue(name)))
  })
}

/** The name under which places in a saved view are kept, apart from those in built-in queues. */
function savedQueue(name: string): string {
  return `saved:${name}`
}
