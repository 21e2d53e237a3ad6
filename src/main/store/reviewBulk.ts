import { randomUUID } from 'node:crypto'
import { setImmediate } from 'node:timers/promises'
import { type RawBuilder, sql } from 'kysely'
import { type ReviewAction, ReviewBatch } from '#shared/domain/reviewBatch.ts'
import type { TrajectorySummary } from '#shared/domain/reward.ts'
import { type ChunkOptions, inChunks } from './chunks.ts'
import { type Change, sqlite } from './connection.ts'
import { decode, required } from './decode.ts'
import { refreshFacets } from './facets.ts'
import { listed } from './listed.ts'
import type { ProjectReader, ProjectWriter } from './project.ts'
import { countTrajectories, filtered, summaryOf, trajectoriesQuery, type TrajectoryQuery } from './trajectories.ts'

const EXAMPLES = 5
/** Keys read in one turn: a few milliseconds. */
const KEYS_AT_ONCE = 20_000

type Asked = TrajectoryQuery & { readonly reviewer: string }

export interface BulkReviewPreview { paths: number; changed: number; accepted: number; rejected: number; examples: TrajectorySummary[] }

/** What an action would do, told before it is done; counted in turns, so that whatever waits goes first. */
export async function previewBulkReview(project: ProjectReader, asked: Asked, action: ReviewAction): Promise<BulkReviewPreview> {
  const paths = countTrajectories(project, asked)
  await setImmediate()
  const count = (condition: RawBuilder<boolean>): number => project.first(filtered(asked).where(condition).select((eb) => eb.fn.countAll<number>().as('n')))?.n ?? 0
  const saidSo = (action: ReviewAction): RawBuilder<boolean> => sql`+trajectories.key IN ${alreadySaid(asked.reviewer, action)}`
  const unchanged = count(saidSo(action))
  await setImmediate()
  const accepted = count(saidSo('accept'))
  await setImmediate()
  const rejected = count(saidSo('reject'))
  await setImmediate()
  const examples = project.all(trajectoriesQuery(asked, null).where(changes(asked.reviewer, action)).limit(EXAMPLES))
  return { paths, changed: action === 'clear' ? unchanged : paths - unchanged, accepted, rejected, examples: examples.map(summaryOf) }
}

/**
 * Says the same of every path that passes the filter and of which the reviewer did not say it yet, in short transactions; reads go on
 * between them. What was said of a path before stays among its reviews, its comment, single revisions and steps stay said.
 * @throws the signal's reason when aborted; what was done until then stays, and can be taken back
 */
export async function applyBulkReview(project: ProjectWriter, asked: Asked, action: ReviewAction, options?: ChunkOptions): Promise<ReviewBatch> {
  const batch = { id: randomUUID(), reviewer: asked.reviewer, action, at: new Date().toISOString() }
  const keys = await keysToChange(project, asked, action, options?.signal)
  project.insert('review_batches', { ...batch, changed: 0, undone: 0 })
  let changed = 0
  await inChunks(project, keys, (chunk) => {
    changed += sayOfChunk(project, chunk, batch)
    project.run(sqlite.updateTable('review_batches').set({ changed }).where('id', '=', batch.id))
  }, options)
  return { ...batch, changed }
}

/** The reviewer's newest batch that changed something and was not taken back. */
export function lastBatch(project: ProjectReader, reviewer: string): ReviewBatch | null {
  const row = project.first(sqlite.selectFrom('review_batches').select(['id', 'reviewer', 'action', 'changed', 'at']).where('reviewer', '=', reviewer)
    .where('undone', '=', 0).where('changed', '>', 0).orderBy('key', 'desc').limit(1))
  return row === undefined ? null : decode(ReviewBatch, row, `bulk review ${row.id}`)
}

/**
 * Takes a batch back: the reviewer says again of each path what they said before it, unless they said something else since; `left`
 * counts those. Stopped in the middle, the batch is what is left of it. Throws `not_found`, also for another reviewer's batch.
 */
export async function undoBulkReview(project: ProjectWriter, id: string, reviewer: string, options?: ChunkOptions): Promise<{ undone: number; left: number }> {
  const batch = required(project.first(sqlite.selectFrom('review_batches').select(['id', 'changed']).where('id', '=', id).where('reviewer', '=', reviewer)), 'bulk review', id)
  const at = new Date().toISOString()
  const keys = project.all(standing(id).select('opinions.trajectory_key as key').orderBy('opinions.trajectory_key')).map(({ key }) => key)
  let undone = 0
  await inChunks(project, keys, (chunk) => {
    undone += undoChunk(project, chunk, id, at)
    project.run(sqlite.updateTable('review_batches').set({ changed: batch.changed - undone }).where('id', '=', id))
  }, options)
  project.run(sqlite.updateTable('review_batches').set({ undone: 1 }).where('id', '=', id))
  return { undone, left: batch.changed - undone }
}

async function keysToChange(project: ProjectReader, asked: Asked, action: ReviewAction, signal?: AbortSignal): Promise<number[]> {
  const keys: number[] = []
  for (let found = KEYS_AT_ONCE; found === KEYS_AT_ONCE;) {
    signal?.throwIfAborted()
    const rows = project.all(filtered(asked).where(changes(asked.reviewer, action)).where('trajectories.key', '>', keys.at(-1) ?? 0)
      .select('trajectories.key').orderBy('trajectories.key').limit(KEYS_AT_ONCE))
    for (const { key } of rows) keys.push(key)
    found = rows.length
    await setImmediate()
  }
  return keys
}

/** Whether the reviewer would say something new of a path. */
function changes(reviewer: string, action: ReviewAction): RawBuilder<boolean> {
  return action === 'clear' ? sql`+trajectories.key IN ${alreadySaid(reviewer, action)}` : sql`+trajectories.key NOT IN ${alreadySaid(reviewer, action)}`
}

/** Paths of which the reviewer says what the action would say; for `clear` those of which they say anything. */
function alreadySaid(reviewer: string, action: ReviewAction): RawBuilder<unknown> {
  return sql`(SELECT trajectory_key FROM opinions WHERE reviewer = ${reviewer} AND ${WORDS[action].said})`
}

const SAME = { verdict: sql`opinions.verdict`, reflective: sql`opinions.reflective` }
const WORDS: Readonly<Record<ReviewAction, { readonly said: RawBuilder<boolean>; readonly verdict: RawBuilder<unknown>; readonly reflective: RawBuilder<unknown> }>> = {
  accept: { ...SAME, verdict: sql`'accept'`, said: sql`opinions.verdict = 'accept'` },
  reject: { ...SAME, verdict: sql`'reject'`, said: sql`opinions.verdict = 'reject'` },
  markReflective: { ...SAME, reflective: sql`1`, said: sql`opinions.reflective = 1` },
  markNotReflective: { ...SAME, reflective: sql`0`, said: sql`opinions.reflective = 0` },
  clear: { verdict: sql`NULL`, reflective: sql`NULL`, said: sql`(opinions.verdict IS NOT NULL OR opinions.reflective IS NOT NULL)` }
}

function sayOfChunk(project: ProjectWriter, keys: readonly number[], { id, reviewer, action, at }: Omit<ReviewBatch, 'changed'>): number {
  const { verdict, reflective, said } = WORDS[action]
  const isNew = action === 'clear' ? said : sql<boolean>`(${said}) IS NOT TRUE`
  const rows = sql`SELECT ${id} || '-' || trajectories.key, trajectories.key, ${reviewer}, ${verdict}, ${reflective}, coalesce(said.comment, ''), coalesce(said.revisions, '[]'),
    coalesce(said.steps, '[]'), ${id}, ${at} FROM trajectories LEFT JOIN opinions ON opinions.trajectory_key = trajectories.key AND opinions.reviewer = ${reviewer}
    LEFT JOIN reviews AS said ON said.key = opinions.review_key WHERE trajectories.key IN ${listed(keys)} AND ${isNew}`
  return appendReviews(project, keys, rows)
}

function undoChunk(project: ProjectWriter, keys: readonly number[], batch: string, at: string): number {
  const rows = sql`SELECT ${batch} || '-undo-' || batched.trajectory_key, batched.trajectory_key, batched.reviewer, before.verdict, before.reflective, coalesce(before.comment, ''),
    coalesce(before.revisions, '[]'), coalesce(before.steps, '[]'), NULL, ${at} FROM opinions JOIN reviews AS batched ON batched.key = opinions.review_key AND batched.batch = ${batch}
    LEFT JOIN reviews AS before ON before.key = (SELECT max(key) FROM reviews AS earlier WHERE earlier.trajectory_key = batched.trajectory_key
      AND earlier.reviewer = batched.reviewer AND earlier.key < batched.key) WHERE opinions.trajectory_key IN ${listed(keys)}`
  return appendReviews(project, keys, rows)
}

/** Appends reviews that a SELECT makes and has them count as their reviewers' opinions; returns how many there were. */
function appendReviews(project: ProjectWriter, keys: readonly number[], rows: RawBuilder<unknown>): number {
  const last = project.first(sqlite.selectFrom('reviews').select((eb) => eb.fn.max('key').as('key')))?.key ?? 0
  const written = project.run(asChange(sql`INSERT INTO reviews (id, trajectory_key, reviewer, verdict, reflective, comment, revisions, steps, batch, created_at) ${rows}`))
  project.run(asChange(sql`INSERT INTO opinions (trajectory_key, reviewer, review_key, verdict, reflective, commented)
    SELECT trajectory_key, reviewer, key, verdict, reflective, comment <> '' OR EXISTS (SELECT 1 FROM json_each(steps) WHERE json_extract(value, '$.comment') <> '') FROM reviews WHERE key > ${last}
    ON CONFLICT (trajectory_key, reviewer) DO UPDATE SET review_key = excluded.review_key, verdict = excluded.verdict, reflective = excluded.reflective, commented = excluded.commented`))
  refreshFacets(project, keys)
  return written
}

/** Reviews of a batch that are still their reviewer's newest word. */
function standing(batch: string) {
  return sqlite.selectFrom('reviews').innerJoin('opinions', 'opinions.review_key', 'reviews.key').where('reviews.batch', '=', batch)
}

/** A change written as SQL. */
function asChange(change: RawBuilder<unknown>): Change {
  return { compile: () => change.compile(sqlite) }
}
