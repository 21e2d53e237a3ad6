import { randomUUID } from 'node:crypto'
import { setImmediate } from 'node:timers/promises'
import { type RawBuilder, sql } from 'kysely'
import type { ItemSelection } from '#shared/contract/itemBulk.ts'
import type { ItemSummary } from '#shared/domain/datasetItem.ts'
import { ItemBatch, ItemBulkAction } from '#shared/domain/itemBulk.ts'
import { sqlite } from './connection.ts'
import { type ChunkOptions, inChunks } from './chunks.ts'
import { decode, json, required } from './decode.ts'
import { filtered, itemSummaries } from './items.ts'
import { listed } from './listed.ts'
import type { ProjectReader, ProjectWriter } from './project.ts'

const EXAMPLES = 5

type Column = 'split' | 'task' | 'tags' | 'trashed'

/** An action as SQL: the column it sets, to what, and which items it changes at all. `diff` is the change as JSON, `[before, after]`. */
interface BulkSql { column: Column; after: RawBuilder<string | number>; diff: RawBuilder<string>; changes: RawBuilder<boolean> }

export interface BulkPreview { items: number; changed: number; paths: number; examples: ItemSummary[] }

/** What an action would do: how many items the selection holds, how many of them would change, their paths, and some of them; one question at a time. */
export async function previewBulk(project: ProjectReader, selection: ItemSelection, action: ItemBulkAction): Promise<BulkPreview> {
  const selected = selectionQuery(selection)
  const changing = selected.where(sqlOf(action).changes)
  const count = sqlite.fn.countAll<number>().as('n')
  const paths = sqlite.selectFrom('trajectories').select(count).where('item_key', 'in', changing.select('items.key'))
  const items = project.first(selected.select(count))?.n ?? 0
  await setImmediate()
  const changed = project.first(changing.select(count))?.n ?? 0
  await setImmediate()
  const examples = itemSummaries(project, changing.orderBy('items.key').limit(EXAMPLES))
  return { items, changed, paths: project.first(paths)?.n ?? 0, examples }
}

/**
 * Gives every selected item that the action changes a new version, in short transactions; reads go on between them. The batch is
 * recorded first, so that what a killed program did until then can be taken back as well.
 */
export async function applyBulk(project: ProjectWriter, selection: ItemSelection, action: ItemBulkAction, author: string, options?: ChunkOptions): Promise<ItemBatch> {
  const keys = project.all(selectionQuery(selection).where(sqlOf(action).changes).select('items.key').orderBy('items.key')).map(({ key }) => key)
  const batch = { id: randomUUID(), at: new Date().toISOString(), author, action }
  const key = project.insert('item_batches', { ...batch, action: JSON.stringify(action) })
  let changed = 0
  await inChunks(project, keys, (chunk) => {
    changed += changeItems(project, chunk, action, { ...batch, key })
    project.run(sqlite.updateTable('item_batches').set({ changed }).where('key', '=', key))
  }, options)
  return { ...batch, changed }
}

/** One change of many items at once, inside the caller's transaction; returns how many it changed. `key`: the batch it belongs to. */
export function changeItems(project: ProjectWriter, keys: readonly number[], action: ItemBulkAction, { at, author, key }: { at: string; author: string; key: number | null }): number {
  const { column, after, diff, changes } = sqlOf(action)
  const here = sql<boolean>`items.key IN ${listed(keys)}`
  const rows = sqlite.selectFrom('items').where(here).where(changes).select([
    'items.key', sql<number>`version + 1`.as('version'), 'content_version', sql<string>`${at}`.as('at'), sql<string>`${author}`.as('author'), sql<'bulk'>`'bulk'`.as('kind'),
    sql<number | null>`${key}`.as('batch_key'), diff.as('diff')
  ])
  project.run(sqlite.insertInto('item_changes').columns(['item_key', 'version', 'content_version', 'at', 'author', 'kind', 'batch_key', 'diff']).expression(rows))
  return project.run(sqlite.updateTable('items').set({ [column]: after, version: sql`version + 1` }).where(here).where(changes))
}

/** The newest batch that was not taken back yet; null where there is none. */
export function lastBatch(project: ProjectReader): ItemBatch | null {
  const row = project.first(sqlite.selectFrom('item_batches').selectAll().where('undone', '=', 0).where('changed', '>', 0).orderBy('key', 'desc').limit(1))
  return row === undefined ? null : decode(ItemBatch, { id: row.id, at: row.at, author: row.author, action: json(row.action), changed: row.changed }, `bulk action ${row.id}`)
}

/**
 * Takes a batch back: each item it changed gets a version that reads as before, unless the item was changed again since or is gone;
 * `left` counts those. Stopped in the middle, the batch is what is left of it. Throws `not_found`.
 */
export async function undoBatch(project: ProjectWriter, id: string, author: string, options?: ChunkOptions): Promise<{ undone: number; left: number }> {
  const batch = required(project.first(sqlite.selectFrom('item_batches').selectAll().where('id', '=', id)), 'bulk action', id)
  const { column } = sqlOf(decode(ItemBulkAction, json(batch.action), `bulk action ${id}`))
  const at = new Date().toISOString()
  const untouched = project.all(sqlite.selectFrom('item_changes as c').innerJoin('items', 'items.key', 'c.item_key').select('items.key')
    .where('c.batch_key', '=', batch.key).whereRef('items.version', '=', 'c.version').orderBy('items.key')).map(({ key }) => key)
  let undone = 0
  await inChunks(project, untouched, (chunk) => {
    undone += undoChunk(project, chunk, batch.key, column, { at, author })
    project.run(sqlite.updateTable('item_batches').set({ changed: batch.changed - undone }).where('key', '=', batch.key))
  }, options)
  project.run(sqlite.updateTable('item_batches').set({ undone: 1 }).where('key', '=', batch.key))
  return { undone, left: batch.changed - undone }
}

/** Returns how many items it took back. */
function undoChunk(project: ProjectWriter, keys: readonly number[], batch: number, column: Column, { at, author }: { at: string; author: string }): number {
  const mine = sqlite.selectFrom('item_changes as c').innerJoin('items', 'items.key', 'c.item_key').whereRef('items.version', '=', 'c.version')
    .where('c.batch_key', '=', batch).where(sql<boolean>`c.item_key IN ${listed(keys)}`)
  const found = project.all(mine.select('items.key')).map(({ key }) => key)
  const [before, after] = [sql.lit(`$.${column}[0]`), sql.lit(`$.${column}[1]`)]
  project.run(sqlite.insertInto('item_changes').columns(['item_key', 'version', 'content_version', 'at', 'author', 'kind', 'restored', 'diff']).expression(mine.select([
    'items.key', sql<number>`c.version + 1`.as('version'), 'c.content_version', sql<string>`${at}`.as('at'), sql<string>`${author}`.as('author'), sql<'undo'>`'undo'`.as('kind'),
    sql<number>`c.version - 1`.as('restored'), sql<string>`json_object(${sql.lit(column)}, json_array(c.diff -> ${after}, c.diff -> ${before}))`.as('diff')
  ])))
  const old = sql`(SELECT json_extract(c.diff, ${before}) FROM item_changes AS c WHERE c.item_key = items.key AND c.version = items.version)`
  return project.run(sqlite.updateTable('items').set({ [column]: old, version: sql`version + 1` }).where(sql<boolean>`items.key IN ${listed(found)}`))
}

function sqlOf(action: ItemBulkAction): BulkSql {
  switch (action.kind) {
    case 'split': return plain('split', action.split)
    case 'task': return plain('task', action.task)
    case 'addTag': return tags(sql`json_insert(items.tags, '$[#]', ${action.tag})`, sql`NOT ${hasTag(action.tag)}`)
    case 'removeTag': return tags(sql`(SELECT json_group_array(value) FROM json_each(items.tags) WHERE value != ${action.tag})`, hasTag(action.tag))
    case 'trash': return { column: 'trashed', after: sql`1`, diff: sql`'{"trashed":[false,true]}'`, changes: sql`items.trashed = 0` }
    case 'restore': return { column: 'trashed', after: sql`0`, diff: sql`'{"trashed":[true,false]}'`, changes: sql`items.trashed = 1` }
    default: return action satisfies never
  }
}

function plain(column: 'split' | 'task', value: string): BulkSql {
  const name = sql.ref(`items.${column}`)
  return { column, after: sql`${value}`, diff: sql`json_object(${sql.lit(column)}, json_array(${name}, ${value}))`, changes: sql`${name} != ${value}` }
}

function tags(after: RawBuilder<string>, changes: RawBuilder<boolean>): BulkSql {
  return { column: 'tags', after, diff: sql`json_object('tags', json_array(json(items.tags), json(${after})))`, changes }
}

/** Asked item by item: a list of all that have the tag would be made anew for every chunk. */
function hasTag(tag: string): RawBuilder<boolean> {
  return sql`EXISTS (SELECT 1 FROM item_tags WHERE tag = ${tag} AND item_key = items.key)`
}

/** The items a selection names, in no order yet. */
export function selectionQuery(selection: ItemSelection) {
  return selection.kind === 'filter' ? filtered(selection.filter) : sqlite.selectFrom('items').where(sql<boolean>`items.id IN ${listed(selection.ids)}`)
}
