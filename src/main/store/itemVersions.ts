import type { Selectable, Updateable } from 'kysely'
import { SightlineError } from '#shared/domain/errors.ts'
import { DatasetItem } from '#shared/domain/datasetItem.ts'
import { diffOf, ItemChange, type ItemChangeKind, type ItemDiff, ItemState, joinDiffs, undoDiff } from '#shared/domain/itemChange.ts'
import { CONTENT_FIELDS, type ItemField, type ItemFields, newIssues } from '#shared/domain/itemFields.ts'
import type { ItemId } from '#shared/domain/ids.ts'
import { sqlite } from './connection.ts'
import { decode, json, required, unflag } from './decode.ts'
import { contentHash, insertImages, insertTruth, itemOf, type ItemRow, itemRow } from './items.ts'
import { knownImage } from './media.ts'
import type { ProjectReader, ProjectWriter } from './project.ts'
import type { Tables } from './schema.ts'
import { renumberTruth } from './truth.ts'

/** How many changes a history shows; older ones stay. */
const SHOWN_CHANGES = 200

/** Who changes an item, and the version they saw: where somebody changed the same since, nothing is written. */
export interface ItemAuthor { readonly author: string; readonly baseVersion: number }

/** Fields in which an edit met somebody else's; empty: it is stored. */
export type EditOutcome = { readonly conflicts: { field: ItemField; author: string }[] }

/**
 * Appends a version with some fields changed, on disk when this returns. What others changed since `baseVersion` in other fields
 * stays; where they changed the same field to something else, nothing is stored and those fields are named. Ground truth follows its
 * pictures. Throws `bad_input` for what `newIssues` finds, `conflict` for an item in the trash or a question that is there already.
 */
export function editItem(project: ProjectWriter, id: ItemId, fields: Partial<ItemFields>, { author, baseVersion }: ItemAuthor, now: Date = new Date()): EditOutcome {
  return project.transaction(() => {
    const row = openRow(project, id)
    const before = stateOf(project, row)
    const theirs = changesAfter(project, row, baseVersion)
    const conflicts = conflictsOf(fields, before, theirs)
    if (conflicts.length > 0) return { conflicts }
    const images = fields.images?.map((image) => before.images.find((known) => same(known, image)) ?? knownImage(project, image)) ?? before.images
    const after: ItemState = { ...before, ...fields, images, truth: renumberTruth(before.truth, before.images, images) }
    refuseIssues(before, after)
    append(project, row, { before, after, kind: 'edit', author, at: now.toISOString(), restored: null })
    return { conflicts: [] }
  }, { durable: true })
}

/**
 * Appends a version that reads like an earlier one; whether the item lies in the trash stays as it is. Throws `conflict` when the item
 * was changed since `baseVersion`: the person has not seen what they would overwrite.
 */
export function restoreItem(
  project: ProjectWriter, id: ItemId, version: number, kind: 'restore' | 'undo' | 'redo', { author, baseVersion }: ItemAuthor, now: Date = new Date()
): void {
  project.transaction(() => {
    const row = openRow(project, id)
    if (row.version !== baseVersion) {
      throw new SightlineError('conflict', 'this item was changed elsewhere meanwhile', { where: `version ${row.version}`, advice: 'look at its history and restore again' })
    }
    const before = stateOf(project, row)
    const after = { ...stateAt(project, row, version), trashed: before.trashed }
    append(project, row, { before, after, kind, author, at: now.toISOString(), restored: version })
  }, { durable: true })
}

/** An item as it was in one of its versions. Throws `not_found`. */
export function itemAt(project: ProjectReader, id: ItemId, version: number): DatasetItem {
  const row = itemRow(project, id)
  const newest = itemOf(project, row)
  if (version === row.version) return newest
  return decode(DatasetItem, { ...newest, ...stateAt(project, row, version), version }, `version ${version} of item ${id}`)
}

/** How an item came to be what it is, newest first; at most the newest 200 changes. Throws `not_found`. */
export function listChanges(project: ProjectReader, id: ItemId): ItemChange[] {
  const { key } = itemRow(project, id)
  return project.all(sqlite.selectFrom('item_changes').selectAll().where('item_key', '=', key).orderBy('version', 'desc').limit(SHOWN_CHANGES)).map(changeOf)
}

/** The version whose content (what a path answers) a version of an item has: the first that read so. */
export function contentVersionAt(project: ProjectReader, row: Pick<ItemRow, 'key' | 'version' | 'content_version'>, version: number): number {
  if (version === row.version) return row.content_version
  if (version === 1) return 1
  const change = project.first(sqlite.selectFrom('item_changes').select('content_version').where('item_key', '=', row.key).where('version', '=', version))
  return required(change, 'version', String(version)).content_version
}

/** The question a path answers: what the path stands on as it was then, everything else of the item as it is now. Throws `not_found`. */
export function itemOfPath(project: ProjectReader, { itemId, itemVersion }: { itemId: ItemId; itemVersion?: number | undefined }): DatasetItem {
  const row = itemRow(project, itemId)
  const newest = itemOf(project, row)
  if (itemVersion === undefined || itemVersion === row.content_version) return newest
  const { question, options, answer, questionType, dataType, images, truth } = stateAt(project, row, itemVersion)
  return { ...newest, question, options, answer, questionType, dataType, images, truth, version: itemVersion }
}

/** What of an item's content reads differently now than in the version a path stands on. */
export function contentChangedSince(project: ProjectReader, id: ItemId, version: number): (typeof CONTENT_FIELDS)[number][] {
  const joined = joinDiffs(changesAfter(project, itemRow(project, id), version).map(({ diff }) => diff))
  return CONTENT_FIELDS.filter((field) => joined[field] !== undefined)
}

interface Version {
  before: ItemState
  after: ItemState
  kind: ItemChangeKind
  author: string
  at: string
  restored: number | null
}

/** Writes the newest version and what it changed; nothing when it changes nothing. */
function append(project: ProjectWriter, row: ItemRow, { before, after, kind, author, at, restored }: Version): void {
  const diff = diffOf(before, after)
  if (Object.keys(diff).length === 0) return
  const version = row.version + 1
  const isContent = CONTENT_FIELDS.some((field) => diff[field] !== undefined)
  const content = !isContent ? row.content_version : restored === null ? version : contentVersionAt(project, row, restored)
  refuseTwin(project, row, after)
  project.run(sqlite.updateTable('items').set({ ...columnsOf(diff), version, content_version: content, content_hash: contentHash(after) }).where('key', '=', row.key))
  if (diff.images !== undefined) {
    project.run(sqlite.deleteFrom('item_media').where('item_key', '=', row.key))
    insertImages(project, row.key, after.images)
  }
  if (diff.truth !== undefined) {
    project.run(sqlite.deleteFrom('item_truth').where('item_key', '=', row.key))
    insertTruth(project, row.key, after.truth)
  }
  project.insert('item_changes', { item_key: row.key, version, content_version: content, at, author, kind, restored, batch_key: null, diff: JSON.stringify(diff) })
}

function columnsOf({ question, options, answer, questionType, dataType, tags, split, task }: ItemDiff): Updateable<Tables['items']> {
  return {
    ...(question && { question: question[1] }), ...(options && { options: options[1] && JSON.stringify(options[1]) }), ...(answer && { answer: answer[1] }),
    ...(questionType && { question_type: questionType[1] }), ...(dataType && { data_type: dataType[1] }), ...(tags && { tags: JSON.stringify(tags[1]) }),
    ...(split && { split: split[1] }), ...(task && { task: task[1] })
  }
}

function openRow(project: ProjectReader, id: ItemId): ItemRow {
  const row = itemRow(project, id)
  if (row.trashed === 0) return row
  throw new SightlineError('conflict', 'this item is in the trash', { where: id, advice: 'restore it first' })
}

function stateOf(project: ProjectReader, row: ItemRow): ItemState {
  return ItemState.parse({ ...itemOf(project, row), trashed: unflag(row.trashed) })
}

function stateAt(project: ProjectReader, row: ItemRow, version: number): ItemState {
  if (version < 1 || version > row.version) throw new SightlineError('not_found', `this item has no version ${version}`, { where: row.id })
  return changesAfter(project, row, version).toReversed().reduce((state, { diff }) => undoDiff(state, diff), stateOf(project, row))
}

/** Changes that came after a version, oldest first. */
function changesAfter(project: ProjectReader, row: ItemRow, version: number): ItemChange[] {
  if (version >= row.version) return []
  return project.all(sqlite.selectFrom('item_changes').selectAll().where('item_key', '=', row.key).where('version', '>', version).orderBy('version')).map(changeOf)
}

function changeOf(row: Selectable<Tables['item_changes']>): ItemChange {
  const { version, at, author, kind, restored } = row
  return decode(ItemChange, { version, at, author, kind, restored, diff: json(row.diff) }, `version ${version} of an item`)
}

function conflictsOf(fields: Partial<ItemFields>, now: ItemState, theirs: readonly ItemChange[]): { field: ItemField; author: string }[] {
  return (Object.keys(fields) as ItemField[]).flatMap((field) => {
    const change = theirs.findLast(({ diff }) => diff[field] !== undefined)
    return change === undefined || same(fields[field], now[field]) ? [] : [{ field, author: change.author }]
  })
}

function refuseIssues(before: ItemState, after: ItemState): void {
  const issues = newIssues(before, after)
  if (issues.length === 0) return
  throw new SightlineError('bad_input', 'the item would not be complete', { where: issues.map(({ field, code }) => `${field}: ${code}`).join(', ') })
}

function refuseTwin(project: ProjectReader, row: ItemRow, after: ItemState): void {
  const twin = project.first(sqlite.selectFrom('items').select(['id', 'trashed']).where('content_hash', '=', contentHash(after)).where('key', '!=', row.key))
  if (twin === undefined) return
  throw new SightlineError('conflict', 'another item asks the same question over the same pictures', {
    where: twin.id, advice: twin.trashed === 1 ? 'it is in the trash: restore that one, or delete it for ever' : 'edit that one, or move it to the trash and delete it for ever'
  })
}

function same(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b)
}
