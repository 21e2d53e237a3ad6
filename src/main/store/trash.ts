import { sql } from 'kysely'
import type { FrozenItems, ItemSelection } from '#shared/contract/itemBulk.ts'
import { ItemId } from '#shared/domain/ids.ts'
import { type ChunkOptions, inChunks } from './chunks.ts'
import { sqlite } from './connection.ts'
import { decode } from './decode.ts'
import { selectionQuery } from './itemBulk.ts'
import type { ProjectReader, ProjectWriter } from './project.ts'

const EXAMPLES = 5

export interface Deletion { items: number; paths: number; kept: FrozenItems }

/** What deleting a selection for ever takes away; of it only what lies in the trash, and never what a frozen dataset version holds. */
export function previewDeletion(project: ProjectReader, selection: ItemSelection): Deletion {
  const count = sqlite.fn.countAll<number>().as('n')
  const gone = deletable(selection)
  const paths = sqlite.selectFrom('trajectories').select(count).where('item_key', 'in', gone.select('items.key'))
  return { items: project.first(gone.select(count))?.n ?? 0, paths: project.first(paths)?.n ?? 0, kept: frozenOf(project, selection) }
}

/**
 * Deletes items in the trash with their histories and paths, in short transactions. Pictures stay in the project's store: other items
 * may show them. What frozen data holds is kept: a run must be able to say what it learned from.
 */
export async function deleteForEver(project: ProjectWriter, selection: ItemSelection, options?: ChunkOptions): Promise<Deletion> {
  const kept = frozenOf(project, selection)
  const keys = project.all(deletable(selection).select('items.key').orderBy('items.key')).map(({ key }) => key)
  const deleted = { items: 0, paths: 0 }
  await inChunks(project, keys, (chunk) => {
    // Asked again: between two chunks somebody may have restored or frozen an item.
    for (const key of chunk.filter((each) => project.first(inTrash(sqlite.selectFrom('items')).where('items.key', '=', each).select('items.key')) !== undefined)) {
      deleted.paths += project.run(sqlite.deleteFrom('trajectories').where('item_key', '=', key))
      deleted.items += project.run(sqlite.deleteFrom('items').where('key', '=', key))
    }
  }, options)
  return { ...deleted, kept }
}

const isFrozen = sql<boolean>`items.key IN (SELECT item_key FROM dataset_version_items)`

function deletable(selection: ItemSelection) {
  return inTrash(selectionQuery(selection))
}

function inTrash(items: ReturnType<typeof selectionQuery>) {
  return items.where('items.trashed', '=', 1).where(({ not }) => not(isFrozen))
}

function frozenOf(project: ProjectReader, selection: ItemSelection): FrozenItems {
  const frozen = selectionQuery(selection).where('items.trashed', '=', 1).where(isFrozen)
  const rows = project.all(frozen.select(['items.key', 'items.id', 'items.question']).orderBy('items.key').limit(EXAMPLES))
  const examples = rows.map(({ key, id, question }) => ({ id: decode(ItemId, id, 'items'), question, versions: versionsHolding(project, key) }))
  return { count: project.first(frozen.select(sqlite.fn.countAll<number>().as('n')))?.n ?? 0, examples }
}

/** Names of the dataset versions that hold an item, newest first. */
export function versionsHolding(project: ProjectReader, itemKey: number): string[] {
  return project.all(sqlite.selectFrom('dataset_version_items as v').innerJoin('dataset_versions', 'dataset_versions.key', 'v.version_key')
    .select('name').where('v.item_key', '=', itemKey).orderBy('v.version_key', 'desc')).map(({ name }) => name)
}
