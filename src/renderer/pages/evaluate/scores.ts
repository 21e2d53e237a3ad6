import type { EvaluationRun, TaskScore } from '#shared/domain/evaluation.ts'

/** The columns of the comparison; `share` numbers are in 0..1 and compared in points, `better` says which way is good. */
export const METRICS = [
  { name: 'accuracy', share: true, better: 1 },
  { name: 'format', share: true, better: 1 },
  { name: 'grounding', share: true, better: 1 },
  { name: 'reflectionRate', share: true, better: 0 },
  { name: 'steps', share: false, better: 0 },
  { name: 'boxes', share: false, better: 0 },
  { name: 'lines', share: false, better: 0 },
  { name: 'responseTokens', share: false, better: 0 }
] as const
export type Metric = (typeof METRICS)[number]

/** All tasks any of the evaluations met, in order, and `null` for the overall row. */
export function tasksOf(evaluations: readonly EvaluationRun[]): (string | null)[] {
  const tasks = new Set(evaluations.flatMap(({ scores }) => scores.map(({ task }) => task)))
  return [...[...tasks].sort(), null]
}

export function scoreOf(evaluation: EvaluationRun, task: string | null): TaskScore | null {
  return task === null ? evaluation.overall : evaluation.scores.find((score) => score.task === task) ?? null
}

/** How far an evaluation is from the baseline in one number; null where either lacks it. */
export function differenceOf(metric: Metric, score: TaskScore | null, base: TaskScore | null): number | null {
  const [value, from] = [score?.[metric.name] ?? null, base?.[metric.name] ?? null]
  return value === null || from === null ? null : value - from
}

export function nameOfEvaluation(evaluation: Pick<EvaluationRun, 'label' | 'id'>): string {
  return evaluation.label === '' ? evaluation.id.slice(0, 8) : evaluation.label
}
