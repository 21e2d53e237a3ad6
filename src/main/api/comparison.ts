import type { Comparison, PairCounts } from '#shared/contract/comparison.ts'
import type { EvaluationId } from '#shared/domain/ids.ts'
import { mcNemarExact } from '../evaluate/mcnemar.ts'
import { findOrEvaluate } from '../jobs/evaluationPair.ts'
import type { Workshop } from '../jobs/workshop.ts'
import { countOutcomes, evaluatedItems, listPairs } from '../store/evaluationPairs.ts'
import { getEvaluation } from '../store/evaluations.ts'
import type { ProjectReader } from '../store/project.ts'
import { groupOf } from './group.ts'
import { os } from './implement.ts'

export function comparisonHandlers(workshop: Workshop) {
  const { project } = workshop
  return os.comparison.router({
    start: os.comparison.start.handler(({ input: { checkpointIds, ...request } }) => checkpointIds.map((checkpointId) => findOrEvaluate(workshop, { ...request, checkpointId, label: '' }))),
    summary: os.comparison.summary.handler(({ input }) => compare(project, input)),
    pairs: os.comparison.pairs.handler(({ input: { page, ...query } }) => listPairs(project, query, page)),
    group: os.comparison.group.handler(({ input }) => groupOf(project, input.id))
  })
}

/** @throws SightlineError `not_found` for an unknown evaluation */
function compare(project: ProjectReader, { left, right }: { left: EvaluationId; right: EvaluationId }): Comparison {
  const [lefts, rights] = [evaluatedItems(project, getEvaluation(project, left).id), evaluatedItems(project, getEvaluation(project, right).id)]
  const missing = (from: ReadonlySet<string>, items: ReadonlySet<string>): number => [...items].filter((id) => !from.has(id)).length
  const none = { lost: 0, won: 0, bothWrong: 0, bothRight: 0, unscored: 0 }
  const found = countOutcomes(project, { left, right })
  const all = { ...none }
  const byTask = new Map<string, typeof none>()
  for (const { task, outcome, items } of found) {
    const counts = byTask.get(task) ?? { ...none }
    counts[outcome] += items
    all[outcome] += items
    byTask.set(task, counts)
  }
  const rows = [...byTask, [null, all] as const].map(([task, counts]): PairCounts => ({ task, ...counts, p: mcNemarExact(counts.lost, counts.won) }))
  return { counts: rows, onlyLeft: missing(rights, lefts), onlyRight: missing(lefts, rights) }
}
