import { z } from 'zod'
import type { EvaluationRun} from '#shared/domain/evaluation.ts'
import { TaskScore } from '#shared/domain/evaluation.ts'
import { StepMetrics } from '#shared/domain/trainingRun.ts'
import { type EvaluatedPath, overallScore, taskScores } from './metrics.ts'
import { passCurve } from './passAtK.ts'
import { ReportSample } from './report.ts'
import { StudyPlan } from './studyPlan.ts'

export const TaskScores = z.object({ scores: z.array(TaskScore), overall: TaskScore })
export type TaskScores = z.infer<typeof TaskScores>

/** Several paths of each item at a temperature. */
export const SampledScores = TaskScores.extend({
  samplesPerItem: z.int(),
  /** pass@1, pass@2, ... by task; a path passes when its answer is exactly right. */
  pass: z.array(z.object({ task: z.string(), curve: z.array(z.number()) })),
  /** The mean over tasks. */
  overallPass: z.array(z.number())
})
export type SampledScores = z.infer<typeof SampledScores>

/** One row of the study under one seed. `scores` is null where the stage had nothing to learn from (`note` says why). */
export const ArmResult = z.object({
  arm: z.string(),
  seed: z.int(),
  note: z.string().nullable(),
  scores: z.object({ greedy: TaskScores, sampled: SampledScores }).nullable(),
  /** Wall-clock seconds of the stage, null where nothing was trained, and of scoring. */
  trainSeconds: z.number().nullable(),
  scoreSeconds: z.number(),
  summary: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
  metrics: z.array(StepMetrics),
  /** One greedy path of each task. */
  samples: z.array(ReportSample)
})
export type ArmResult = z.infer<typeof ArmResult>

/** Everything the study's pages show; `study.json` is exactly this. */
export const Study = z.object({
  plan: StudyPlan,
  machine: z.string(),
  version: z.string(),
  threads: z.int().nullable(),
  results: z.array(ArmResult),
  createdAt: z.iso.datetime()
})
export type Study = z.infer<typeof Study>

/** Scores of an evaluation as the study keeps them. */
export function greedyScores({ scores, overall }: EvaluationRun): TaskScores {
  return { scores, overall }
}

/** Scores of `samplesPerItem` paths of each item. */
export function sampledScores(paths: readonly (EvaluatedPath & { readonly itemId: string })[], samplesPerItem: number): SampledScores {
  const byTask = [...Map.groupBy(paths, ({ item }) => item.task)].toSorted(([a], [b]) => (a < b ? -1 : 1))
  const pass = byTask.map(([task, group]) => {
    const right = [...Map.groupBy(group, ({ itemId }) => itemId).values()].map((own) => own.filter(({ reward }) => reward.correct === 1).length)
    return { task, curve: passCurve(right, samplesPerItem) }
  })
  const overallPass = Array.from({ length: samplesPerItem }, (_, k) => pass.reduce((sum, { curve }) => sum + (curve[k] ?? 0), 0) / Math.max(1, pass.length))
  return { scores: taskScores(paths), overall: overallScore(paths), samplesPerItem, pass, overallPass }
}

export interface Spread {
  mean: number
  /** Unbiased standard deviation; 0 of one value. */
  deviation: number
  values: number[]
}

/** Mean and spread of one number of a row over its seeds; null when no seed has it. */
export function spreadOf(study: Study, arm: string, pick: (scores: NonNullable<ArmResult['scores']>) => number | null | undefined): Spread | null {
  const values = study.results.flatMap((result) => {
    const value = result.arm === arm && result.scores !== null ? pick(result.scores) : null
    return typeof value === 'number' ? [value] : []
  })
  if (values.length === 0) return null
  const centre = mean(values)
  const squares = values.reduce((sum, value) => sum + (value - centre) ** 2, 0)
  return { mean: centre, deviation: values.length < 2 ? 0 : Math.sqrt(squares / (values.length - 1)), values }
}

/** Of at least one value. */
export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}
