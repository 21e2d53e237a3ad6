import { z } from 'zod'
import { EvaluationRun } from '#shared/domain/evaluation.ts'
import { StepMetrics, TrainingRun } from '#shared/domain/trainingRun.ts'
import { Trajectory } from '#shared/domain/trajectory.ts'
import { DatasetItem } from '#shared/domain/datasetItem.ts'
import { Reward } from '#shared/domain/reward.ts'

/** One row of the table: an evaluation, and the run (if any) that made its checkpoint. */
export const ReportStage = z.object({
  name: z.string(),
  evaluation: EvaluationRun,
  run: TrainingRun.nullable(),
  metrics: z.array(StepMetrics),
  seconds: z.number().nullable()
})
export type ReportStage = z.infer<typeof ReportStage>

export const ReportSample = z.object({ stage: z.string(), item: DatasetItem, trajectory: Trajectory, reward: Reward.nullable() })
export type ReportSample = z.infer<typeof ReportSample>

/** Everything a project's report shows; `report.json` is exactly this. */
export const Report = z.object({
  title: z.string(),
  machine: z.string(),
  version: z.string(),
  seed: z.int(),
  minutes: z.number(),
  seconds: z.number(),
  stages: z.array(ReportStage),
  samples: z.array(ReportSample),
  createdAt: z.iso.datetime()
})
export type Report = z.infer<typeof Report>

/** The columns of the stage table, shared by the terminal, the page and the README. */
export const REPORT_COLUMNS = ['accuracy', 'format', 'reflectionRate', 'grounding', 'steps', 'boxes', 'lines'] as const

/** A value of the stage table as text: shares with three digits, counts with two; a blank where there is none. */
export function cellText(column: (typeof REPORT_COLUMNS)[number], value: number | null): string {
  if (value === null) return ''
  return ['steps', 'boxes', 'lines'].includes(column) ? value.toFixed(2) : value.toFixed(3)
}

/** The stage table as rows of text: one for each stage and task, the overall mean last. */
export function stageTable(stages: readonly ReportStage[]): string[][] {
  const header = ['stage', 'task', 'items', ...REPORT_COLUMNS]
  const rows = stages.flatMap((stage) =>
    [...stage.evaluation.scores, stage.evaluation.overall].map((score) => [
      stage.name, score.task, String(score.items), ...REPORT_COLUMNS.map((column) => cellText(column, score[column]))
    ])
  )
  return [header, ...rows]
}

/** Columns padded to one width each, for a terminal. */
export function alignTable(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length)))
  const line = (row: readonly string[]) => row.map((cell, column) => (column < 2 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0))).join('  ').trimEnd()
  return rows.map(line).join('\n')
}
