import { createHash } from 'node:crypto'
import type { Selectable } from 'kysely'
import { sql } from 'kysely'
import type { ItemFilter } from '#shared/contract/items.ts'
import { DatasetItem, type ItemOrigin, ItemSummary, type Split } from '#shared/domain/datasetItem.ts'
import { ItemId } from '#shared/domain/ids.ts'
import type { ImageRef } from '#shared/domain/imageRef.ts'
import { sqlite } from './connection.ts'
import { decode, json, required } from './decode.ts'
import { listed } from './listed.ts'
import { imageOf, mediaKey } from './media.ts'
import { cursorKey, type Page, type PageOptions, pageLimit, pageOf } from './page.ts'
import type { ProjectReader, ProjectWriter } from './project.ts'
import type { Tables } from './schema.ts'
import { similarItems } from './similar.ts'
import { SHAPE_COLUMNS, shapeOf, shapeRow } from './shapes.ts'
import { itemsContaining } from './textSearch.ts'

export interface InsertedItems {
  inserted: ItemId[]
  /** Items (by their place in the input) whose question, options, answer and pictures the project has already. */
  duplicates: { index: number; existing: ItemId }[]
}

export type ItemRow = Selectable<Tables['items']>

/** SHA-256 of what makes two items the same question: text, options, answer and pictures, in order. */
export function contentHash(item: Pick<DatasetItem, 'question' | 'options' | 'answer' | 'images'>): string {
  const content = [item.question, item.options, item.answer, item.images.map((image) => image.blob)]
  return createHash('sha256').update(JSON.stringify(content)).digest('hex')
}

/** Inserts items in one transaction, leaving out those the project holds already, be it in the trash: what was thrown away does not come back by itself. */
export function insertItems(project: ProjectWriter, items: readonly DatasetItem[]): InsertedItems {
  return project.transaction(() => {
    const result: InsertedItems = { inserted: [], duplicates: [] }
    items.forEach((item, index) => {
      const hash = contentHash(item)
      const existing = findItemByContent(project, hash)
      if (existing !== undefined) {
        result.duplicates.push({ index, existing })
        return
      }
      insertOne(project, item, hash)
      result.inserted.push(item.id)
    })
    return result
  })
}

export function findItemByContent(project: ProjectReader, hash: string): ItemId | undefined {
  const row = project.first(sqlite.selectFrom('items').select('id').where('content_hash', '=', hash))
  return row && decode(ItemId, row.id, 'items')
}

/** An item's newest version. Throws `not_found`. */
export function getItem(project: ProjectReader, id: ItemId): DatasetItem {
  return itemOf(project, itemRow(project, id))
}

/** Throws `not_found`. */
export function itemRow(project: ProjectReader, id: ItemId): ItemRow {
  return required(project.first(sqlite.selectFrom('items').selectAll().where('id', '=', id)), 'item', id)
}

/** Items in the order they came, filtered, by keyset pages. */
export function listItems(project: ProjectReader, filter: Partial<ItemFilter> = {}, page: PageOptions = {}): Page<ItemSummary> {
  const limit = pageLimit(page)
  const rows = project.all(itemsQuery(filter, cursorKey(page)).limit(limit + 1))
  return pageOf(rows, limit, countItems(project, filter), summaryWith(thumbnailsOf(project, rows)))
}

/** Rows of a list page; exported so that a test can look at SQLite's plan. */
export function itemsQuery(filter: Partial<ItemFilter>, after: number | null) {
  return counted(filtered(filter)).$if(after !== null, (query) => query.where('items.key', '>', after ?? 0)).orderBy('items.key')
}

/** The items a query finds, as lists show them. */
export function itemSummaries(project: ProjectReader, query: ReturnType<typeof filtered>): ItemSummary[] {
  const rows = project.all(counted(query))
  return rows.map(summaryWith(thumbnailsOf(project, rows)))
}

function counted(query: ReturnType<typeof filtered>) {
  return query.selectAll('items').select((eb) => [
    eb.selectFrom('item_media').whereRef('item_key', '=', 'items.key').select(eb.fn.countAll<number>().as('n')).as('image_count'),
    eb.selectFrom('trajectories').whereRef('item_key', '=', 'items.key').select(eb.fn.countAll<number>().as('n')).as('trajectory_count')
  ])
}

export function countItems(project: ProjectReader, filter: Partial<ItemFilter> = {}): number {
  return project.first(filtered(filter).select((eb) => eb.fn.countAll<number>().as('n')))?.n ?? 0
}

/** Ids of all items that pass the filter, in the order they came. */
export function listItemIds(project: ProjectReader, filter: Partial<ItemFilter> = {}): ItemId[] {
  return project.all(filtered(filter).select('items.id').orderBy('items.key')).map(({ id }) => decode(ItemId, id, 'items'))
}

/** Every task name, in order. From each name the index leads to the next one: what counts is how many names there are, not how many items. */
export function listTasks(project: ProjectReader): string[] {
  const names = sqlite.withRecursive('names', (query) => query.selectFrom('items').select((eb) => eb.fn.min('task').as('task'))
    .unionAll(query.selectFrom('names').where('names.task', 'is not', null).select((eb) => eb.selectFrom('items').select((items) => items.fn.min('task').as('task')).whereRef('items.task', '>', 'names.task').as('task'))))
  const query = names.selectFrom('names').select('names.task')
    .where((eb) => eb.exists(eb.selectFrom('items').select('items.key').whereRef('items.task', '=', 'names.task').where(sql<boolean>`+items.trashed = 0`)))
  return project.all(query).flatMap(({ task }) => task ?? [])
}

/** Every tag with its number of items, by name. */
export function listTags(project: ProjectReader): { tag: string; items: number }[] {
  return project.all(filtered({}).innerJoin('item_tags', 'item_tags.item_key', 'items.key')
    .select((eb) => ['item_tags.tag', eb.fn.countAll<number>().as('items')]).groupBy('item_tags.tag').orderBy('item_tags.tag'))
}

/** How far a generator with this seed has come: its highest index (-1: none) and how many of its items are in `split`. */
export function syntheticProgress(project: ProjectReader, generator: string, seed: number, split: Split): { lastIndex: number; inSplit: number } {
  const made = sqlite.selectFrom('items').where('origin_kind', '=', 'synthetic').where('origin_name', '=', generator).where('origin_seed', '=', seed)
  const lastIndex = project.first(made.select((eb) => eb.fn.max('origin_index').as('last')))?.last ?? -1
  const inSplit = project.first(made.where('split', '=', split).select((eb) => eb.fn.countAll<number>().as('n')))?.n ?? 0
  return { lastIndex, inSplit }
}

/** Items that pass a filter, in no order yet. */
export function filtered(filter: Partial<ItemFilter>) {
  const { text, task, split, dataType, questionType, tag, similar, trashed } = filter
  const isNarrow = !!task || !!split || !!dataType || !!questionType
  return sqlite.selectFrom('items')
    // The plus leaves the choice to the index of another column, which holds this one too.
    .where(isNarrow ? sql<boolean>`+items.trashed = ${trashed === true ? 1 : 0}` : sql<boolean>`items.trashed = ${trashed === true ? 1 : 0}`)
    .$if(!!tag, (query) => query.where('items.key', 'in', sqlite.selectFrom('item_tags').select('item_key').where('tag', '=', tag ?? '')))
    .$if(!!similar, (query) => query.where(sql<boolean>`items.key IN ${similarItems(similar ?? 'shared')}`))
    .$if(!!task, (query) => query.where('items.task', '=', task ?? ''))
    .$if(!!split, (query) => query.where('items.split', '=', split ?? ''))
    .$if(!!dataType, (query) => query.where('items.data_type', '=', dataType ?? ''))
    .$if(!!questionType, (query) => query.where('items.question_type', '=', questionType ?? ''))
    .$if(!!text, (query) => query.where(sql<boolean>`items.key IN ${itemsContaining(text ?? '')}`))
}

function insertOne(project: ProjectWriter, item: DatasetItem, hash: string): void {
  const key = project.insert('items', {
    id: item.id, content_hash: hash, task: item.task, split: item.split, data_type: item.dataType, question_type: item.questionType,
    question: item.question, options: item.options && JSON.stringify(item.options), answer: item.answer, tags: JSON.stringify(item.tags),
    ...originRow(item.origin), created_at: item.createdAt
  })
  insertImages(project, key, item.images)
  insertTruth(project, key, item.truth)
}

export function insertImages(project: ProjectWriter, key: number, images: DatasetItem['images']): void {
  images.forEach((image, position) => { project.insert('item_media', { item_key: key, position, media_key: mediaKey(project, image) }) })
}

export function insertTruth(project: ProjectWriter, key: number, truth: DatasetItem['truth']): void {
  truth.forEach((op, position) => { project.insert('item_truth', { item_key: key, ...shapeRow(op, position) }) })
}

function originRow(origin: ItemOrigin): Pick<ItemRow, 'origin_kind' | 'origin_name' | 'origin_seed' | 'origin_index'> {
  return origin.kind === 'import'
    ? { origin_kind: 'import', origin_name: origin.file, origin_seed: null, origin_index: origin.line }
    : { origin_kind: 'synthetic', origin_name: origin.generator, origin_seed: origin.seed, origin_index: origin.index }
}

/** The newest version behind a row. Throws `unreadable_file` when the project was damaged. */
export function itemOf(project: ProjectReader, row: ItemRow): DatasetItem {
  const images = project.all(sqlite.selectFrom('item_media').innerJoin('media', 'media.key', 'item_media.media_key')
    .selectAll('media').where('item_key', '=', row.key).orderBy('position'))
  const truth = project.all(sqlite.selectFrom('item_truth').select(SHAPE_COLUMNS).where('item_key', '=', row.key).orderBy('position'))
  const origin = row.origin_kind === 'import'
    ? { kind: 'import', file: row.origin_name, line: row.origin_index }
    : { kind: 'synthetic', generator: row.origin_name, seed: row.origin_seed, index: row.origin_index }
  return decode(DatasetItem, { ...plainOf(row), options: json(row.options), images: images.map(imageOf), truth: truth.map(shapeOf), origin, version: row.version }, `item ${row.id}`)
}

/** The first picture of each item, by the item's key. */
function thumbnailsOf(project: ProjectReader, rows: readonly { key: number }[]): Map<number, ImageRef> {
  const found = project.all(sqlite.selectFrom('item_media').innerJoin('media', 'media.key', 'item_media.media_key')
    .selectAll('media').select('item_key').where('item_key', 'in', sql<number>`${listed(rows.map(({ key }) => key))}`).where('position', '=', 0))
  return new Map(found.map((row) => [row.item_key, imageOf(row)]))
}

function summaryWith(thumbnails: ReadonlyMap<number, ImageRef>) {
  return (row: ItemRow & { image_count: number | null; trajectory_count: number | null }): ItemSummary => decode(ItemSummary, {
    ...plainOf(row), thumbnail: thumbnails.get(row.key), imageCount: row.image_count, trajectoryCount: row.trajectory_count
  }, `item ${row.id}`)
}

function plainOf(row: ItemRow) {
  const { id, task, split, question, answer } = row
  return { id, task, split, dataType: row.data_type, questionType: row.question_type, question, answer, tags: json(row.tags), createdAt: row.created_at }
}
