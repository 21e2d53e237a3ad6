import { createHash } from 'node:crypto'
import type { Selectable } from 'kysely'
import type { ItemFilter } from '#shared/contract/items.ts'
import { DatasetVersion } from '#shared/domain/datasetVersion.ts'
import { SightlineError } from '#shared/domain/errors.ts'
import { DatasetVersionId, ItemId, newId, TrajectoryId } from '#shared/domain/ids.ts'
import { sqlite } from './connection.ts'
import { decode, required } from './decode.ts'
import { itemRow, listItemIds } from './items.ts'
import type { ProjectReader, ProjectWriter } from './project.ts'
import type { Tables } from './schema.ts'
import { trajectoryKey } from './trajectoryKey.ts'

export interface FreezeRequest {
  name: string
  /** The items themselves; left out, those that pass `filter` now. */
  itemIds?: readonly ItemId[]
  filter?: Partial<ItemFilter>
  /** Paths for supervised stages; their items belong to the version whether named above or not. */
  trajectoryIds?: readonly TrajectoryId[]
}

/** A version's items, each with its paths, in the order they came into the project. */
export type DatasetMembers = ReadonlyMap<ItemId, readonly TrajectoryId[]>

/**
 * SHA-256 over the sorted names: the same members give the same hash, whatever order they came in. An item is named by its id, from its
 * second version on with the version, `id@2`.
 */
export function membersHash(members: { itemIds: readonly string[]; trajectoryIds: readonly string[] }): string {
  const sorted = { items: [...members.itemIds].sort(), trajectories: [...members.trajectoryIds].sort() }
  return createHash('sha256').update(JSON.stringify(sorted)).digest('hex')
}

/**
 * Freezes a list of items, each in its newest version, and paths; later imports and edits never change it. Throws `not_found` for an
 * unknown id, `conflict` for an item in the trash.
 */
export function freezeDataset(project: ProjectWriter, request: FreezeRequest, now: Date = new Date()): DatasetVersion {
  return project.transaction(() => {
    const named = request.itemIds ?? listItemIds(project, request.filter)
    const trajectoryKeys = new Map((request.trajectoryIds ?? []).map((id) => [id, trajectoryKey(project, id)]))
    const items = new Map(named.map((id) => [id, frozenItem(project, id)]))
    for (const key of trajectoryKeys.values()) {
      const owner = itemOfTrajectory(project, key)
      items.set(owner, frozenItem(project, owner))
    }
    const version: DatasetVersion = {
      id: newId(DatasetVersionId), name: request.name, itemCount: items.size, trajectoryCount: trajectoryKeys.size, createdAt: now.toISOString(),
      hash: membersHash({ itemIds: [...items].map(([id, { version: n }]) => n === 1 ? id : `${id}@${n}`), trajectoryIds: [...trajectoryKeys.keys()] })
    }
    const key = project.insert('dataset_versions', {
      id: version.id, name: version.name, hash: version.hash, item_count: version.itemCount, trajectory_count: version.trajectoryCount, created_at: version.createdAt
    })
    for (const item of items.values()) project.insert('dataset_version_items', { version_key: key, item_key: item.key, item_version: item.version })
    for (const path of trajectoryKeys.values()) project.insert('dataset_version_trajectories', { version_key: key, trajectory_key: path })
    return version
  })
}

/** Throws `not_found`. */
export function getDatasetVersion(project: ProjectReader, id: DatasetVersionId): DatasetVersion {
  return versionOf(versionRow(project, id))
}

/** Versions, newest first. */
export function listDatasetVersions(project: ProjectReader): DatasetVersion[] {
  return project.all(sqlite.selectFrom('dataset_versions').selectAll().orderBy('key', 'desc')).map(versionOf)
}

/** What a version holds. Throws `not_found`. */
export function datasetMembers(project: ProjectReader, id: DatasetVersionId): DatasetMembers {
  const { key } = versionRow(project, id)
  const items = project.all(sqlite.selectFrom('dataset_version_items').innerJoin('items', 'items.key', 'dataset_version_items.item_key')
    .select('items.id').where('version_key', '=', key).orderBy('dataset_version_items.item_key'))
  const members = new Map<ItemId, TrajectoryId[]>(items.map((row) => [decode(ItemId, row.id, 'items'), []]))
  const paths = project.all(sqlite.selectFrom('dataset_version_trajectories')
    .innerJoin('trajectories', 'trajectories.key', 'dataset_version_trajectories.trajectory_key')
    .innerJoin('items', 'items.key', 'trajectories.item_key')
    .select(['trajectories.id', 'items.id as item_id']).where('version_key', '=', key).orderBy('dataset_version_trajectories.trajectory_key'))
  for (const path of paths) members.get(decode(ItemId, path.item_id, 'items'))?.push(decode(TrajectoryId, path.id, 'trajectories'))
  return members
}

/** The version of each item that a dataset version holds. Throws `not_found`. */
export function frozenItemVersions(project: ProjectReader, id: DatasetVersionId): ReadonlyMap<ItemId, number> {
  const { key } = versionRow(project, id)
  const rows = project.all(sqlite.selectFrom('dataset_version_items').innerJoin('items', 'items.key', 'dataset_version_items.item_key')
    .select(['items.id', 'item_version']).where('version_key', '=', key))
  return new Map(rows.map((row) => [decode(ItemId, row.id, 'items'), row.item_version]))
}

function frozenItem(project: ProjectReader, id: ItemId): { key: number; version: number } {
  const { key, version, trashed } = itemRow(project, id)
  if (trashed === 0) return { key, version }
  throw new SightlineError('conflict', 'an item in the trash cannot be learned from', { where: id, advice: 'restore it, or choose without it' })
}

function itemOfTrajectory(project: ProjectReader, key: number): ItemId {
  const row = project.first(sqlite.selectFrom('trajectories').innerJoin('items', 'items.key', 'trajectories.item_key').select('items.id').where('trajectories.key', '=', key))
  return decode(ItemId, required(row, 'path', String(key)).id, 'items')
}

function versionRow(project: ProjectReader, id: DatasetVersionId): Selectable<Tables['dataset_versions']> {
  return required(project.first(sqlite.selectFrom('dataset_versions').selectAll().where('id', '=', id)), 'dataset version', id)
}

function versionOf(row: Selectable<Tables['dataset_versions']>): DatasetVersion {
  const { id, name, hash } = row
  return decode(DatasetVersion, { id, name, hash, itemCount: row.item_count, trajectoryCount: row.trajectory_count, createdAt: row.created_at }, `dataset version ${id}`)
}
