import { behaviourOf } from '#shared/domain/behaviour.ts'
import type { DatasetItem } from '#shared/domain/datasetItem.ts'
import type { TaskScore } from '#shared/domain/evaluation.ts'
import type { Reward } from '#shared/domain/reward.ts'
import type { Trajectory } from '#shared/domain/trajectory.ts'
import { groundingScore } from './grounding.ts'

/** One held-out item answered once. */
export interface EvaluatedPath {
  readonly item: Pick<DatasetItem, 'task' | 'truth' | 'images'>
  readonly trajectory: Pick<Trajectory, 'steps' | 'modelSizes'>
  readonly reward: Reward
}

/** Scores per task, sorted by name. */
export function taskScores(paths: readonly EvaluatedPath[]): TaskScore[] {
  const byTask = Map.groupBy(paths, ({ item }) => item.task)
  return [...byTask].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([task, group]) => scoreOf(task, group))
}

/** The overall row: the mean of the task means, as the benchmarks report it, whatever the tasks' sizes. */
export function overallScore(paths: readonly EvaluatedPath[]): TaskScore {
  return overallOf(taskScores(paths))
}

function scoreOf(task: string, group: readonly EvaluatedPath[]): TaskScore {
  const behaviours = group.map(({ trajectory }) => behaviourOf(trajectory))
  return {
    task,
    items: group.length,
    accuracy: meanOfScored(group.map(({ reward }) => reward.correct)),
    format: mean(group.map(({ reward }) => reward.format)),
    reflectionRate: mean(group.map(({ reward }) => (reward.reflective ? 1 : 0))),
    grounding: meanOfScored(group.map(({ item, trajectory }) => groundingScore(item, trajectory))),
    steps: mean(behaviours.map(({ steps }) => steps)),
    boxes: mean(behaviours.map(({ boxes }) => boxes)),
    lines: mean(behaviours.map(({ lines }) => lines)),
    responseTokens: mean(behaviours.map(({ responseTokens }) => responseTokens))
  }
}

function overallOf(scores: readonly TaskScore[]): TaskScore {
  const over = (pick: (score: TaskScore) => number): number => mean(scores.map(pick))
  return {
    task: 'overall',
    items: scores.reduce((sum, { items }) => sum + items, 0),
    accuracy: meanOfScored(scores.map(({ accuracy }) => accuracy)),
    format: over(({ format }) => format),
    reflectionRate: over(({ reflectionRate }) => reflectionRate),
    grounding: meanOfScored(scores.map(({ grounding }) => grounding)),
    steps: over(({ steps }) => steps),
    boxes: over(({ boxes }) => boxes),
    lines: over(({ lines }) => lines),
    responseTokens: over(({ responseTokens }) => responseTokens)
  }
}

/** 0 over nothing. */
function mean(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length
}

/** Null over nothing: an unscored sample is left out, never counted as 0. */
function meanOfScored(values: readonly (number | null)[]): number | null {
  const scored = values.filter((value) => value !== null)
  return scored.length === 0 ? null : mean(scored)
}
