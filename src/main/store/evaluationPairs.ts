import { sql } from 'kysely'
import { ComparedPair, type PairOutcome, type PairQuery, type PairSort } from '#shared/contract/comparison.ts'
import { type EvaluationId, ItemId } from '#shared/domain/ids.ts'
import { sqlite } from './connection.ts'
import { decode } from './decode.ts'
import { cursorKey, type Page, type PageOptions, pageLimit } from './page.ts'
import type { ProjectReader } from './project.ts'

type Sides = Pick<PairQuery, 'left' | 'right'>

/** An item that either path leaves unscored says nothing about the two. */
const OUTCOME = sql<PairOutcome>`CASE WHEN l.correct IS NULL OR r.correct IS NULL THEN 'unscored' WHEN l.correct = 1 AND r.correct = 1 THEN 'bothRight'
  WHEN l.correct = 1 THEN 'lost' WHEN r.correct = 1 THEN 'won' ELSE 'bothWrong' END`

/** Changed items come first, those that became worse before the others. */
const OUTCOME_ORDER = sql`CASE ${OUTCOME} WHEN 'lost' THEN 0 WHEN 'won' THEN 1 WHEN 'bothWrong' THEN 2 WHEN 'bothRight' THEN 3 ELSE 4 END`

/** How often each outcome is met in each task, tasks by name. */
export function countOutcomes(project: ProjectReader, sides: Sides): { task: string; outcome: PairOutcome; items: number }[] {
  const query = paired(sides).select((eb) => ['items.task', OUTCOME.as('outcome'), eb.fn.countAll<number>().as('items')]).groupBy(['items.task', 'outcome']).orderBy('items.task')
  return project.all(query)
}

/** Items with both paths, filtered and sorted; pages by how many rows came before, as an evaluation never changes. */
export function listPairs(project: ProjectReader, query: PairQuery, page: PageOptions = {}): Page<ComparedPair> {
  const [limit, before] = [pageLimit(page), cursorKey(page) ?? 0]
  const found = filtered(query)
  const total = project.first(found.select((eb) => eb.fn.countAll<number>().as('n')))?.n ?? 0
  const rows = project.all(found
    .select(['items.id as item_id', 'items.task', 'items.question', 'items.answer as expected', OUTCOME.as('outcome')])
    .select(['l.id as left_id', 'l.answer as left_answer', 'l.finish_reason as left_finish', 'l.steps as left_steps'])
    .select(['r.id as right_id', 'r.answer as right_answer', 'r.finish_reason as right_finish', 'r.steps as right_steps'])
    .orderBy(orderOf(query.sort), query.descending ? 'desc' : 'asc').orderBy('items.key').limit(limit).offset(before))
  return {
    rows: rows.map((row) => decode(ComparedPair, {
      itemId: row.item_id, task: row.task, question: row.question, expected: row.expected, outcome: row.outcome,
      left: { id: row.left_id, answer: row.left_answer, finishReason: row.left_finish, steps: row.left_steps },
      right: { id: row.right_id, answer: row.right_answer, finishReason: row.right_finish, steps: row.right_steps }
    }, `pair of item ${row.item_id}`)),
    next: before + rows.length < total ? String(before + rows.length) : null, total
  }
}

/** Items an evaluation was asked, but for those in the trash. */
export function evaluatedItems(project: ProjectReader, id: EvaluationId): Set<ItemId> {
  const query = sqlite.selectFrom('trajectories').innerJoin('items', 'items.key', 'trajectories.item_key').select('items.id').where('trajectories.evaluation_id', '=', id).where('items.trashed', '=', 0)
  return new Set(project.all(query).map((row) => decode(ItemId, row.id, 'items')))
}

function orderOf(sort: PairSort) {
  switch (sort) {
    case 'item': return sql`items.key`
    case 'task': return sql`items.task`
    case 'question': return sql`items.question`
    case 'outcome': return OUTCOME_ORDER
    case 'steps': return sql`r.steps - l.steps`
  }
}

function filtered({ task, outcomes, ...sides }: PairQuery) {
  return paired(sides).$if(task !== null, (query) => query.where('items.task', '=', task ?? ''))
    .$if(outcomes.length > 0, (query) => query.where(OUTCOME, 'in', outcomes))
}

function paired({ left, right }: Sides) {
  return sqlite.selectFrom('trajectories as l').innerJoin('trajectories as r', 'r.item_key', 'l.item_key').innerJoin('items', 'items.key', 'l.item_key')
    .where('l.evaluation_id', '=', left).where('r.evaluation_id', '=', right).where('items.trashed', '=', 0)
}
