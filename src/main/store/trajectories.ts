import type { Insertable, Selectable } from 'kysely'
import { sql } from 'kysely'
import type { TrajectoryFilter } from '#shared/contract/trajectories.ts'
import { behaviourOf } from '#shared/domain/behaviour.ts'
import { type EvaluationId, ItemId, type PrelabelId, TrajectoryId } from '#shared/domain/ids.ts'
import { TrajectorySummary } from '#shared/domain/reward.ts'
import { Trajectory, type TrajectoryOrigin } from '#shared/domain/trajectory.ts'
import { sqlite } from './connection.ts'
import { decode, json, required, unflag } from './decode.ts'
import { facetConditions } from './facetFilter.ts'
import { stepFacets } from './facets.ts'
import { contentVersionAt } from './itemVersions.ts'
import { cursorKey, type Page, type PageOptions, pageLimit, pageOf } from './page.ts'
import type { ProjectReader, ProjectWriter } from './project.ts'
import { rewardOf } from './rewards.ts'
import type { Tables } from './schema.ts'
import { insertSteps, readSteps } from './steps.ts'
import { itemsContaining } from './textSearch.ts'
import { trajectoryKey } from './trajectoryKey.ts'

/** What is left out (or null) does not filter; `newestOnly` left out keeps every version. */
export type TrajectoryQuery = Partial<TrajectoryFilter> & {
  /** Only paths with a verdict or a mark by hand. */
  readonly reviewed?: boolean
  /** Whose word `mine` asks for, and whose verdicts the rows show: others' stay hidden from a second look. */
  readonly reviewer?: string
}

/** The evaluation or the pre-labelling that a path was written for. */
export interface Purpose {
  readonly evaluationId?: EvaluationId
  readonly prelabelId?: PrelabelId
}

export type SummaryRow = Selectable<Tables['trajectories']> & {
  item_id: string
  content_version: number
  question: string
  expected: string
  parent_id: string | null
  total: number | null
  format: number | null
  correct_score: number | null
  reward_reflective: number | null
  reference_reflective: number | null
  extracted_answer: string | null
  explanation: string | null
  /** What the reviewer the list is for said; absent where it is for nobody. */
  own_verdict?: 'accept' | 'reject' | null
  own_reflective?: number | null
}

/**
 * Stores a finished path with its steps, operations and observations, all or nothing, on the version in which its question first
 * read as in the one it was made on. Throws `not_found` when its item, parent, run or checkpoint is unknown. `durable` (people's
 * edits) makes it survive a power cut as well as a kill; `purpose` says what it was written for, if for something.
 */
export function insertTrajectory(project: ProjectWriter, trajectory: Trajectory, options: { durable?: boolean; purpose?: Purpose } = {}): void {
  project.transaction(() => {
    const item = required(project.first(sqlite.selectFrom('items').select(['key', 'task', 'version', 'content_version']).where('id', '=', trajectory.itemId)), 'item', trajectory.itemId)
    const parent = trajectory.parentId === null ? null : trajectoryKey(project, trajectory.parentId)
    const { steps, boxes, lines, responseTokens } = behaviourOf(trajectory)
    const key = project.insert('trajectories', {
      id: trajectory.id, item_key: item.key, item_version: contentVersionAt(project, item, trajectory.itemVersion ?? item.version), task: item.task, parent_key: parent, ...originRow(trajectory.origin),
      prompt: trajectory.prompt, draw_style: trajectory.drawStyle, model_sizes: JSON.stringify(trajectory.modelSizes),
      answer: trajectory.answer, finish_reason: trajectory.finishReason, finish_step: trajectory.finishStep,
      steps, boxes, lines, response_tokens: responseTokens, ...stepFacets(trajectory.steps), created_at: trajectory.createdAt,
      evaluation_id: options.purpose?.evaluationId ?? null, prelabel_id: options.purpose?.prelabelId ?? null
    })
    // What a model or an endpoint continued stays beside it; only an edit takes a path's place.
    if (parent !== null && trajectory.origin.kind === 'human') {
      project.run(sqlite.updateTable('trajectories').set({ superseded: 1 }).where('key', '=', parent))
      // A corrected pre-label stays in its pre-labelling's list.
      project.run(sqlite.updateTable('trajectories').set({ prelabel_id: sqlite.selectFrom('trajectories as before').select('before.prelabel_id').where('before.key', '=', parent) }).where('key', '=', key))
    }
    insertSteps(project, key, trajectory.steps)
  }, options)
}

/** Whether a run's rollout is stored already under another id: the same item, step, place and seed (a resumed run writes it again). */
export function isRepeatedRollout(project: ProjectReader, { itemId, origin }: Trajectory): boolean {
  if (origin.kind !== 'model' || origin.runId === null || origin.runStep === null) return false
  const same = sqlite.selectFrom('trajectories').innerJoin('items', 'items.key', 'trajectories.item_key').select('trajectories.key')
    .where('run_id', '=', origin.runId).where('run_step', '=', origin.runStep).where('group_index', '=', origin.groupIndex)
    .where('items.id', '=', itemId).where('sampling', '=', JSON.stringify(origin.sampling)).limit(1)
  return project.first(same) !== undefined
}

/** The whole path. Throws `not_found`. */
export function getTrajectory(project: ProjectReader, id: TrajectoryId): Trajectory {
  const found = project.first(sqlite.selectFrom('trajectories')
    .innerJoin('items', 'items.key', 'trajectories.item_key')
    .leftJoin('trajectories as parent', 'parent.key', 'trajectories.parent_key')
    .selectAll('trajectories').select(['items.id as item_id', 'parent.id as parent_id'])
    .where('trajectories.id', '=', id))
  const row = required(found, 'path', id)
  return decode(Trajectory, {
    id: row.id, itemId: row.item_id, itemVersion: row.item_version, parentId: row.parent_id, origin: originOf(row), prompt: row.prompt, drawStyle: row.draw_style,
    modelSizes: json(row.model_sizes), steps: readSteps(project, row.key), answer: row.answer, finishReason: row.finish_reason,
    finishStep: row.finish_step, createdAt: row.created_at
  }, `path ${id}`)
}

/** Edited copies made directly from this path, oldest first. */
export function listChildren(project: ProjectReader, id: TrajectoryId): TrajectoryId[] {
  const query = sqlite.selectFrom('trajectories').select('id').where('parent_key', '=', trajectoryKey(project, id)).where('origin_kind', '=', 'human').orderBy('key')
  return project.all(query).map((row) => decode(TrajectoryId, row.id, 'trajectories'))
}

/** The versions this path was edited from, oldest first; empty for an unedited path, and for a continuation. */
export function listAncestors(project: ProjectReader, id: TrajectoryId): TrajectoryId[] {
  const found: TrajectoryId[] = []
  let next = project.first(parentOf(trajectoryKey(project, id)))
  while (next !== undefined) {
    found.unshift(decode(TrajectoryId, next.id, 'trajectories'))
    next = project.first(parentOf(next.key))
  }
  return found
}

/** Paths of an item, oldest first. */
export function listTrajectoryIdsOf(project: ProjectReader, itemId: ItemId): TrajectoryId[] {
  const query = sqlite.selectFrom('trajectories').select('trajectories.id').orderBy('trajectories.key')
    .where('item_key', '=', sqlite.selectFrom('items').select('key').where('id', '=', itemId))
  return project.all(query).map((row) => decode(TrajectoryId, row.id, 'trajectories'))
}

/** Paths, newest first, filtered, by keyset pages. */
export function listTrajectories(project: ProjectReader, filter: TrajectoryQuery = {}, page: PageOptions = {}): Page<TrajectorySummary> {
  const limit = pageLimit(page)
  const rows: SummaryRow[] = project.all(trajectoriesQuery(filter, cursorKey(page)).limit(limit + 1))
  return pageOf(rows, limit, countTrajectories(project, filter), summaryOf)
}

export function countTrajectories(project: ProjectReader, filter: TrajectoryQuery = {}): number {
  return project.first(countQuery(filter))?.n ?? 0
}

/** Ids of all paths that pass the filter, oldest first. */
export function listTrajectoryIds(project: ProjectReader, filter: TrajectoryQuery = {}): TrajectoryId[] {
  const query = filtered(filter).select('trajectories.id').orderBy('trajectories.key')
  return project.all(query).map(({ id }) => decode(TrajectoryId, id, 'trajectories'))
}

/** Items that have a path which passes the filter, oldest first. */
export function listItemIdsOf(project: ProjectReader, filter: TrajectoryQuery = {}): ItemId[] {
  const query = filtered(filter).innerJoin('items', 'items.key', 'trajectories.item_key').select(['items.id', 'items.key']).distinct().orderBy('items.key')
  return project.all(query).map(({ id }) => decode(ItemId, id, 'items'))
}

/** Rows of a list page; exported, as `countQuery` is, so that a test can look at SQLite's plan. */
export function trajectoriesQuery(filter: TrajectoryQuery, before: number | null) {
  return summaryRows(filter)
    .$if(before !== null, (query) => query.where('trajectories.key', '<', before ?? 0))
    .orderBy('trajectories.key', 'desc')
}

/** What a summary is made of, in no order yet. */
export function summaryRows(filter: TrajectoryQuery) {
  const { reviewer } = filter
  return filtered(filter)
    .innerJoin('items', 'items.key', 'trajectories.item_key')
    .leftJoin('rewards', 'rewards.trajectory_key', 'trajectories.key')
    .leftJoin('trajectories as parent', 'parent.key', 'trajectories.parent_key')
    .selectAll('trajectories')
    .select(['items.id as item_id', 'items.content_version', 'items.question', 'items.answer as expected', 'parent.id as parent_id',
      'rewards.total', 'rewards.format', 'rewards.correct as correct_score', 'rewards.reflective as reward_reflective',
      'rewards.reference_reflective', 'rewards.extracted_answer', 'rewards.explanation'])
    .$if(!!reviewer, (query) => query
      .leftJoin('opinions as own', (join) => join.onRef('own.trajectory_key', '=', 'trajectories.key').on('own.reviewer', '=', reviewer ?? ''))
      .select(['own.verdict as own_verdict', 'own.reflective as own_reflective']))
}

export function countQuery(filter: TrajectoryQuery) {
  return filtered(filter).select((eb) => eb.fn.countAll<number>().as('n'))
}

function parentOf(key: number) {
  return sqlite.selectFrom('trajectories as child').innerJoin('trajectories as parent', 'parent.key', 'child.parent_key')
    .select(['parent.id', 'parent.key']).where('child.key', '=', key).where('child.origin_kind', '=', 'human')
}

type OriginRow = Pick<Insertable<Tables['trajectories']>, 'origin_kind' | 'origin_name' | 'origin_seed' | 'checkpoint_id' | 'run_id' | 'group_index' | 'run_step' | 'sampling'>

function originRow(origin: TrajectoryOrigin): OriginRow {
  const none = { origin_name: null, origin_seed: null, checkpoint_id: null, run_id: null, group_index: null, run_step: null, sampling: null }
  switch (origin.kind) {
    case 'teacher': return { ...none, origin_kind: 'teacher', origin_name: origin.teacher, origin_seed: origin.seed }
    case 'human': return { ...none, origin_kind: 'human', origin_name: origin.reviewer }
    case 'model': return {
      ...none, origin_kind: 'model', checkpoint_id: origin.checkpointId, run_id: origin.runId,
      group_index: origin.groupIndex, run_step: origin.runStep, sampling: JSON.stringify(origin.sampling)
    }
  }
}

function originOf(row: OriginRow): unknown {
  switch (row.origin_kind) {
    case 'teacher': return { kind: 'teacher', teacher: row.origin_name, seed: row.origin_seed }
    case 'human': return { kind: 'human', reviewer: row.origin_name }
    case 'model': return {
      kind: 'model', checkpointId: row.checkpoint_id, runId: row.run_id, groupIndex: row.group_index, runStep: row.run_step,
      sampling: json(row.sampling ?? null)
    }
  }
}

/** Paths that pass a filter. */
export function filtered(filter: TrajectoryQuery) {
  const { text, task, origin, itemId, runId, runStep = null, checkpointId, continues, prelabelId, evaluationId, correct = null, reflective = null, verdict = null, newestOnly, reviewed } = filter
  const items = sqlite.selectFrom('items').select('key')
  const isNarrow = !!itemId || !!runId || !!checkpointId || !!continues || !!prelabelId || !!evaluationId
  const found = sqlite.selectFrom('trajectories')
    .where(sql<boolean>`+trajectories.item_key NOT IN (SELECT key FROM items WHERE trashed = 1)`)
    // The plus leaves the choice to the far narrower index of an item, a run or a checkpoint.
    .$if(newestOnly === true, (query) => query.where(isNarrow ? sql<boolean>`+trajectories.superseded = 0` : sql<boolean>`trajectories.superseded = 0`))
    .$if(!!task, (query) => query.where('trajectories.task', '=', task ?? ''))
    .$if(!!origin, (query) => query.where('trajectories.origin_kind', '=', origin ?? 'model'))
    .$if(!!itemId, (query) => query.where('trajectories.item_key', '=', items.where('id', '=', itemId ?? '')))
    .$if(!!runId, (query) => query.where('trajectories.run_id', '=', runId ?? ''))
    .$if(runStep !== null, (query) => query.where('trajectories.run_step', '=', runStep))
    .$if(!!checkpointId, (query) => query.where('trajectories.checkpoint_id', '=', checkpointId ?? ''))
    .$if(!!continues, (query) => query.where('trajectories.origin_kind', '!=', 'human')
      .where('trajectories.parent_key', '=', sqlite.selectFrom('trajectories').select('key').where('id', '=', continues ?? '')))
    .$if(!!evaluationId, (query) => query.where('trajectories.evaluation_id', '=', evaluationId ?? ''))
    .$if(!!prelabelId, (query) => query.where('trajectories.prelabel_id', '=', prelabelId ?? ''))
    .$if(correct !== null, (query) => query.where('trajectories.correct', '=', Number(correct)))
    .$if(reflective !== null, (query) => query.where('trajectories.reflective', '=', Number(reflective)))
    .$if(reviewed === true, (query) => query.where(({ or, eb }) => or([eb('trajectories.verdict', 'is not', null), eb('trajectories.marked_reflective', 'is not', null)])))
    .$if(verdict === 'none', (query) => query.where('trajectories.verdict', 'is', null))
    .$if(verdict === 'accept' || verdict === 'reject', (query) => query.where('trajectories.verdict', '=', verdict === 'accept' ? 'accept' : 'reject'))
    // The plus keeps SQLite from starting at the items found: a common word would make it sort most of the table.
    .$if(!!text, (query) => query.where(sql<boolean>`+trajectories.item_key IN ${itemsContaining(text ?? '')}`))
  return facetConditions(filter).reduce((query, condition) => query.where(condition), found)
}

export function summaryOf(row: SummaryRow): TrajectorySummary {
  return decode(TrajectorySummary, {
    id: row.id, itemId: row.item_id, parentId: row.parent_id, originKind: row.origin_kind, originName: row.origin_name, runId: row.run_id, checkpointId: row.checkpoint_id,
    groupIndex: row.group_index, runStep: row.run_step, prelabelId: row.prelabel_id, task: row.task, question: row.question, expected: row.expected, answer: row.answer,
    finishReason: row.finish_reason, reward: row.format === null ? null : rewardOf({
      total: row.total, correct: row.correct_score, format: row.format, reflective: row.reward_reflective ?? 0,
      reference_reflective: row.reference_reflective ?? 0, extracted_answer: row.extracted_answer, explanation: row.explanation ?? ''
    }),
    behaviour: { steps: row.steps, boxes: row.boxes, lines: row.lines, responseTokens: row.response_tokens },
    verdict: row.own_verdict === undefined ? row.verdict : row.own_verdict, judges: row.judges, confidence: row.confidence,
    markedReflective: unflag(row.own_reflective === undefined ? row.marked_reflective : row.own_reflective), createdAt: row.created_at,
    outdated: row.item_version !== row.content_version
  }, `path ${row.id}`)
}
