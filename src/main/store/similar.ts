import { setImmediate } from 'node:timers/promises'
import { type RawBuilder, sql } from 'kysely'
import type { SimilarFilter } from '#shared/contract/items.ts'
import { ItemId } from '#shared/domain/ids.ts'
import type { SimilarCounts, SimilarKind } from '#shared/domain/similar.ts'
import { sqlite } from './connection.ts'
import { decode } from './decode.ts'
import { listed } from './listed.ts'
import { cursorKey, type PageOptions, pageLimit } from './page.ts'
import type { ProjectReader } from './project.ts'

/** Items of a finding that are listed with it. */
const SHOWN = 12

/** A finding: a key of its own, how many items it holds, and the first of them. */
export interface Finding { key: number; size: number; itemKeys: number[] }

/** Items outside the trash that share a picture with another, with the side of the line between training and measuring they are on. */
const LIVE = sql`SELECT s.item_key, s.similar_group, s.question, s.pictures, items.split = 'train' AS training FROM item_signatures AS s
  JOIN items ON items.key = s.item_key WHERE s.similar_group IS NOT NULL AND items.trashed = 0`

/** Rows (item_key, finding) of a kind, as a subquery. */
const MEMBERS: Readonly<Record<SimilarKind, RawBuilder<unknown>>> = {
  leakage: sql`(SELECT item_key, similar_group AS finding, training FROM (
    SELECT item_key, similar_group, training, min(training) OVER (PARTITION BY similar_group) AS low, max(training) OVER (PARTITION BY similar_group) AS high FROM (${LIVE})) WHERE low < high)`,
  duplicate: sql`(SELECT item_key, finding, training FROM (
    SELECT item_key, training, min(item_key) OVER twins AS finding, count(*) OVER twins AS size FROM (${LIVE}) WINDOW twins AS (PARTITION BY similar_group, question, pictures, training)) WHERE size > 1)`,
  shared: sql`(SELECT item_key, similar_group AS finding, training FROM (
    SELECT item_key, similar_group, training, count(*) OVER (PARTITION BY similar_group) AS size FROM (${LIVE})) WHERE size > 1)`
}

/** Keys of the items a filter by similarity lets through, as a subquery. */
export function similarItems(filter: SimilarFilter): RawBuilder<unknown> {
  if (filter === 'copy') return sql`(SELECT item_key FROM ${MEMBERS.duplicate} WHERE item_key != finding)`
  return sql`(SELECT item_key FROM ${MEMBERS[filter]})`
}

/** One kind after the other; the program answers others between them. */
export async function similarCounts(project: ProjectReader): Promise<SimilarCounts> {
  const leakage = countFindings(project, 'leakage')
  await setImmediate()
  const duplicate = countFindings(project, 'duplicate')
  await setImmediate()
  const shared = countFindings(project, 'shared')
  return {
    leakage, duplicate: { groups: duplicate.groups, items: duplicate.items, copies: duplicate.items - duplicate.groups }, shared: { groups: shared.groups, items: shared.items }
  }
}

export function countFindings(project: ProjectReader, kind: SimilarKind): { groups: number; items: number; training: number } {
  const row = project.first(sqlite.selectFrom(sql<{ finding: number; training: number }>`${MEMBERS[kind]}`.as('m'))
    .select([sql<number>`count(DISTINCT finding)`.as('groups'), sqlite.fn.countAll<number>().as('items'), sql<number>`coalesce(sum(training), 0)`.as('training')]))
  return row ?? { groups: 0, items: 0, training: 0 }
}

/** Findings of a kind by keyset pages, oldest first. */
export function listFindings(project: ProjectReader, kind: SimilarKind, page: PageOptions = {}): { findings: Finding[]; next: string | null } {
  const limit = pageLimit(page)
  const members = sql<{ finding: number; item_key: number }>`${MEMBERS[kind]}`.as('m')
  const found = project.all(sqlite.selectFrom(members).select(['finding as key', sqlite.fn.countAll<number>().as('size'), sql<string>`json_group_array(item_key ORDER BY item_key)`.as('keys')])
    .where('finding', '>', cursorKey(page) ?? 0).groupBy('finding').orderBy('finding').limit(limit + 1))
  const findings = found.slice(0, limit).map(({ key, size, keys }) => ({ key, size, itemKeys: (JSON.parse(keys) as number[]).slice(0, SHOWN) }))
  return { findings, next: found.length > limit ? String(findings.at(-1)?.key ?? 0) : null }
}

/** How many of these items are training questions over a picture of the splits that measure. */
export function countLeaking(project: ProjectReader, itemIds: readonly ItemId[]): number {
  const leaking = project.all(sqlite.selectFrom(sql<{ item_key: number; training: number }>`${MEMBERS.leakage}`.as('m')).innerJoin('items', 'items.key', 'm.item_key')
    .select('items.id').where('m.training', '=', 1))
  const asked = new Set<string>(itemIds)
  return leaking.filter(({ id }) => asked.has(id)).length
}

/** What tells whether two items ask the same over the same pictures. */
export function findingsTwins(project: ProjectReader, itemKeys: readonly number[]): ReadonlyMap<number, { id: ItemId; twin: string }> {
  const rows = project.all(sqlite.selectFrom('item_signatures as s').innerJoin('items', 'items.key', 's.item_key')
    .select(['s.item_key as key', 'items.id', 's.question', 's.pictures']).where(sql<boolean>`s.item_key IN ${listed(itemKeys)}`))
  return new Map(rows.map(({ key, id, question, pictures }) => [key, { id: decode(ItemId, id, 'items'), twin: `${question} ${pictures}` }]))
}
