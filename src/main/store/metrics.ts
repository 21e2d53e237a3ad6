import type { RunId } from '#shared/domain/ids.ts'
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
