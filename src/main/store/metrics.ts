import type { RunId } from '#shared/domain/ids.ts'
import type { MetricColumns } from '#shared/domain/metricColumns.ts'
import type { StepMetrics } from '#shared/domain/trainingRun.ts'
import { sqlite } from './connection.ts'
import type { ProjectReader, ProjectWriter } from './project.ts'

/** Stores a step's numbers; a resumed run that repeats a step replaces what the step had. Values that are no number are left out. */
export function appendMetrics(project: ProjectWriter, runId: RunId, metrics: StepMetrics): void {
  project.transaction(() => {
    const { step, seconds } = metrics
    project.run(sqlite.deleteFrom('run_steps').where('run_id', '=', runId).where('step', '=', step))
    project.insert('run_steps', { run_id: runId, step, seconds })
    for (const [name, value] of Object.entries(metrics.values)) {
      if (Number.isFinite(value)) project.insert('metrics', { run_id: runId, step, name, value })
    }
  })
}

/** Drops a run's numbers from `step` on: a resumed run will make them again. */
export function dropMetricsFrom(project: ProjectWriter, runId: RunId, step: number): void {
  project.run(sqlite.deleteFrom('run_steps').where('run_id', '=', runId).where('step', '>=', step))
}

/** A run's numbers by step, from `fromStep` on; `names` keeps only those curves. */
export function listMetrics(project: ProjectReader, runId: RunId, options: { fromStep?: number; names?: readonly string[] } = {}): StepMetrics[] {
  const from = options.fromStep ?? 0
  const { names } = options
  const steps = project.all(sqlite.selectFrom('run_steps').select(['step', 'seconds']).where('run_id', '=', runId).where('step', '>=', from).orderBy('step'))
  const values = project.all(sqlite.selectFrom('metrics').select(['step', 'name', 'value']).where('run_id', '=', runId).where('step', '>=', from)
    .$if(names !== undefined, (query) => query.where('name', 'in', names ?? [])))
  const byStep = new Map(steps.map(({ step, seconds }) => [step, { step, seconds, values: {} as Record<string, number> }]))
  for (const { step, name, value } of values) {
    const at = byStep.get(step)
    if (at !== undefined) at.values[name] = value
  }
  return [...byStep.values()]
}

/** Steps of a part of `metricColumns`: with forty numbers each, some tens of milliseconds. */
const PART = 4000

/**
 * A run's numbers by column, from `fromStep` on. Read in parts, and whoever asks may do something else between them: a long run holds
 * nobody up.
 */
export async function metricColumns(project: ProjectReader, runId: RunId, fromStep: number, between: () => Promise<unknown>): Promise<MetricColumns> {
  const steps: number[] = []
  const columns = new Map<string, number[]>()
  const last = project.first(sqlite.selectFrom('run_steps').select((eb) => eb.fn.max('step').as('step')).where('run_id', '=', runId))?.step ?? -1
  for (let from = fromStep; from <= last; from += PART) {
    if (from > fromStep) await between()
    const part = sqlite.selectFrom('metrics').select(['step', 'name', 'value']).where('run_id', '=', runId).where('step', '>=', from).where('step', '<', from + PART).orderBy('step')
    for (const [step, name, value] of project.tuples(part) as [number, string, number][]) {
      if (steps.at(-1) !== step) steps.push(step)
      const column = columns.get(name) ?? []
      if (column.length === 0) columns.set(name, column)
      while (column.length < steps.length - 1) column.push(NaN)
      column.push(value)
    }
  }
  const whole = (column: number[]): Float64Array => Float64Array.from(steps, (_, row) => column[row] ?? NaN)
  return { steps: Float64Array.from(steps), columns: new Map([...columns].map(([name, column]) => [name, whole(column)])) }
}
