import { sql } from 'kysely'
import { PrelabelRequest } from '#shared/contract/prelabel.ts'
import type { PathWriter } from '#shared/contract/pathWriter.ts'
import { type CheckpointId, ItemId, JobId, PrelabelId } from '#shared/domain/ids.ts'
import type { Trajectory } from '#shared/domain/trajectory.ts'
import { sqlite } from './connection.ts'
import { decode, json, required } from './decode.ts'
import type { ProjectReader, ProjectWriter } from './project.ts'

export interface Prelabel {
  readonly id: PrelabelId
  /** The job that writes it, or wrote it last. */
  readonly jobId: JobId
  readonly request: PrelabelRequest
  readonly createdAt: string
  readonly items: number
  readonly done: number
}

/** An item of a pre-labelling that is not done, with its place among all of them. */
export interface OpenItem {
  readonly itemId: ItemId
  readonly place: number
}

/** Items noted at once: some ten milliseconds. */
const PART = 5000

/**
 * Notes what is going to be written, for which items. Its row is there when this returns; the items follow in parts, as there may be a
 * hundred thousand, with others served `between` them. A kill meanwhile cuts off the end of the list.
 */
export async function insertPrelabel(
  project: ProjectWriter, { id, jobId, request, createdAt }: Omit<Prelabel, 'items' | 'done'>, itemIds: readonly ItemId[], between: () => Promise<unknown>
): Promise<void> {
  const key = project.insert('prelabels', { id, job_id: jobId, request: JSON.stringify(request), rate: null, created_at: createdAt })
  for (let from = 0; from < itemIds.length; from += PART) {
    await between()
    const wanted = sql<{ key: number; value: string }>`json_each(${JSON.stringify(itemIds.slice(from, from + PART))})`.as<'wanted'>(sql`wanted`)
    const rows = sqlite.selectFrom(wanted).innerJoin('items', 'items.id', 'wanted.value')
      .select((eb) => [eb.lit(key).as('prelabel_key'), eb('wanted.key', '+', from).as('position'), 'items.key as item_key', eb.lit(0).as('done')])
    project.run(sqlite.insertInto('prelabel_items').columns(['prelabel_key', 'position', 'item_key', 'done']).expression(rows))
  }
}

/** Throws `not_found`. */
export function getPrelabel(project: ProjectReader, id: PrelabelId): Prelabel {
  return required(listPrelabels(project, id)[0], 'pre-labelling', id)
}

/** Newest first; with an id that one alone. */
export function listPrelabels(project: ProjectReader, id: PrelabelId | null = null): Prelabel[] {
  const query = sqlite.selectFrom('prelabels').selectAll().orderBy('key', 'desc')
    .select((eb) => {
      const items = eb.selectFrom('prelabel_items').innerJoin('items', 'items.key', 'prelabel_items.item_key').whereRef('prelabel_key', '=', 'prelabels.key').select(eb.fn.countAll<number>().as('n'))
      // What was thrown away meanwhile is asked for no longer.
      return [items.where((or) => or.or([or('done', '=', 1), or('items.trashed', '=', 0)])).as('items'), items.where('done', '=', 1).as('finished')]
    })
    .$if(id !== null, (all) => all.where('id', '=', id ?? ''))
  return project.all(query).map((row) => ({
    id: decode(PrelabelId, row.id, 'prelabels'), jobId: decode(JobId, row.job_id, 'prelabels'),
    request: decode(PrelabelRequest, json(row.request), `pre-labelling ${row.id}`), createdAt: row.created_at, items: row.items ?? 0, done: row.finished ?? 0
  }))
}

/** Changes what is given. `rate` in paths a second. */
export function changePrelabel(project: ProjectWriter, id: PrelabelId, { jobId, rate }: { jobId?: JobId; rate?: number }): void {
  project.run(sqlite.updateTable('prelabels').where('id', '=', id).set({ ...(jobId !== undefined && { job_id: jobId }), ...(rate !== undefined && { rate }) }))
}

/** Items that are not done and not in the trash, in their order. */
export function openItemsOf(project: ProjectReader, id: PrelabelId): OpenItem[] {
  const query = sqlite.selectFrom('prelabel_items').innerJoin('prelabels', 'prelabels.key', 'prelabel_items.prelabel_key').innerJoin('items', 'items.key', 'prelabel_items.item_key')
    .select(['items.id', 'position']).where('prelabels.id', '=', id).where('done', '=', 0).where('items.trashed', '=', 0).orderBy('position')
  return project.all(query).map((row) => ({ itemId: decode(ItemId, row.id, 'items'), place: row.position }))
}

/** Notes that all samples of an item are written. */
export function finishItem(project: ProjectWriter, id: PrelabelId, itemId: ItemId): void {
  project.run(sqlite.updateTable('prelabel_items').set({ done: 1 }).where('prelabel_key', '=', keyOf(id))
    .where('item_key', '=', sqlite.selectFrom('items').select('key').where('id', '=', itemId)))
}

/** Forgets the items that are not done. */
export function dropOpenItems(project: ProjectWriter, id: PrelabelId): void {
  project.run(sqlite.deleteFrom('prelabel_items').where('prelabel_key', '=', keyOf(id)).where('done', '=', 0))
}

/** Whether the same sample of an item was stored before the program died: it is written again as the item was not done. */
export function isStoredSample(project: ProjectReader, id: PrelabelId, { itemId, origin }: Trajectory): boolean {
  const item = sqlite.selectFrom('items').select('key').where('id', '=', itemId)
  const query = sqlite.selectFrom('trajectories').select('key').where('prelabel_id', '=', id).where('item_key', '=', item)
    .$if(origin.kind === 'model', (all) => all.where('group_index', '=', origin.kind === 'model' ? origin.groupIndex : 0))
    .$if(origin.kind === 'teacher', (all) => all.where('origin_seed', '=', origin.kind === 'teacher' ? origin.seed : 0))
  return project.first(query.limit(1)) !== undefined
}

/** Items that have a path: any, or one that a checkpoint wrote beside a training, or one that a teacher wrote; good or bad. */
export function itemsWithPaths(project: ProjectReader, by: { checkpointId: CheckpointId } | { teacher: string } | null): Set<ItemId> {
  const all = sqlite.selectFrom('trajectories').innerJoin('items', 'items.key', 'trajectories.item_key').select('items.id').distinct()
  const query = by === null ? all : 'teacher' in by
    ? all.where('trajectories.origin_kind', '=', 'teacher').where('trajectories.origin_name', '=', by.teacher)
    : all.where('trajectories.checkpoint_id', '=', by.checkpointId).where('trajectories.run_id', 'is', null)
  return new Set(project.all(query).map(({ id }) => decode(ItemId, id, 'items')))
}

/** Paths a second that this writer made the last time it was measured. */
export function measuredRate(project: ProjectReader, writer: PathWriter): number | null {
  const query = sqlite.selectFrom('prelabels').select('rate').where('rate', 'is not', null)
    .where(sql<boolean>`json_extract(request, '$.writer') = ${JSON.stringify(writer)}`).orderBy('key', 'desc').limit(1)
  return project.first(query)?.rate ?? null
}

function keyOf(id: PrelabelId) {
  return sqlite.selectFrom('prelabels').select('key').where('id', '=', id)
}
