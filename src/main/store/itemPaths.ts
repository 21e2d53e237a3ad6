import { type ItemId, TrajectoryId } from '#shared/domain/ids.ts'
import { sqlite } from './connection.ts'
import { decode } from './decode.ts'
import { itemRow } from './items.ts'
import { contentChangedSince } from './itemVersions.ts'
import type { ProjectReader, ProjectWriter } from './project.ts'
import { trajectoryKey } from './trajectoryKey.ts'

/** Paths that answer an earlier version of an item, oldest first; `bound`: they stay so, see `rescore` in the contract. */
export function outdatedPaths(project: ProjectReader, id: ItemId): { id: TrajectoryId; bound: boolean }[] {
  const { key, content_version: content } = itemRow(project, id)
  const rows = project.all(sqlite.selectFrom('trajectories').select(['id', 'item_version', 'run_id', 'evaluation_id']).where('item_key', '=', key).where('item_version', '!=', content).orderBy('key'))
  const otherPictures = new Map([...new Set(rows.map((row) => row.item_version))].map((version) => [version, contentChangedSince(project, id, version).includes('images')]))
  return rows.map((row) => ({
    id: decode(TrajectoryId, row.id, 'trajectories'), bound: row.run_id !== null || row.evaluation_id !== null || otherPictures.get(row.item_version) === true
  }))
}

/** Lets a path stand on its item as it is now; call it in the transaction that gives the path its reward. */
export function bringUpToDate(project: ProjectWriter, id: TrajectoryId): void {
  project.run(sqlite.updateTable('trajectories').where('key', '=', trajectoryKey(project, id)).set((eb) => ({
    item_version: eb.selectFrom('items').select('content_version').whereRef('items.key', '=', 'trajectories.item_key')
  })))
}

export function countPathsOf(project: ProjectReader, id: ItemId): number {
  const { key } = itemRow(project, id)
  return project.first(sqlite.selectFrom('trajectories').select((eb) => eb.fn.countAll<number>().as('n')).where('item_key', '=', key))?.n ?? 0
}

/** How many up-to-date paths draw on each of the item's own pictures. */
export function pathsDrawingOn(project: ProjectReader, id: ItemId, pictures: number): number[] {
  const { key, content_version: content } = itemRow(project, id)
  const rows = project.all(sqlite.selectFrom('trajectories').innerJoin('steps', 'steps.trajectory_key', 'trajectories.key').innerJoin('operations', 'operations.step_key', 'steps.key')
    .select((eb) => ['image_index', eb.fn.count<number>('trajectories.key').distinct().as('n')]).groupBy('image_index')
    .where('trajectories.item_key', '=', key).where('item_version', '=', content).where('superseded', '=', 0).where('image_index', '<=', pictures))
  return Array.from({ length: pictures }, (_, i) => rows.find(({ image_index: index }) => index === i + 1)?.n ?? 0)
}
