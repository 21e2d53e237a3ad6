import type { Selectable, Updateable } from 'kysely'
import type { RunId } from '#shared/domain/ids.ts'
import { TrainingRun } from '#shared/domain/trainingRun.ts'
import { sqlite } from './connection.ts'
import { decode, json, required } from './decode.ts'
import type { ProjectReader, ProjectWriter } from './project.ts'
import type { Tables } from './schema.ts'

/** What may change in a run after it was made; its inputs never do. */
export type RunChange = Partial<Pick<TrainingRun, 'jobId' | 'status' | 'step' | 'totalSteps' | 'error' | 'finishedAt'>>

/** Throws `not_found` when its data version, starting checkpoint, parent run or job is unknown (a job may follow in the same transaction). */
export function insertRun(project: ProjectWriter, run: TrainingRun): void {
  project.insert('runs', {
    id: run.id, job_id: run.jobId, parent_id: run.parentId, stage: run.settings.stage, config: JSON.stringify(run.settings.config),
    preset: run.preset, prompt: run.prompt, draw_style: run.drawStyle, tasks: JSON.stringify(run.tasks),
    dataset_version_id: run.datasetVersionId, start_checkpoint_id: run.startCheckpointId, seed: run.seed, status: run.status,
    step: run.step, total_steps: run.totalSteps, error: run.error, created_at: run.createdAt, finished_at: run.finishedAt
  })
}

/** Changes the fields given; the others stay. Throws `not_found`. */
export function updateRun(project: ProjectWriter, id: RunId, change: RunChange): void {
  const row: Updateable<Tables['runs']> = {
    ...(change.jobId === undefined ? {} : { job_id: change.jobId }),
    ...(change.status === undefined ? {} : { status: change.status }),
    ...(change.step === undefined ? {} : { step: change.step }),
    ...(change.totalSteps === undefined ? {} : { total_steps: change.totalSteps }),
    ...(change.error === undefined ? {} : { error: change.error }),
    ...(change.finishedAt === undefined ? {} : { finished_at: change.finishedAt })
  }
  if (Object.keys(row).length === 0) return
  const changed = project.run(sqlite.updateTable('runs').set(row).where('id', '=', id))
  required(changed || undefined, 'run', id)
}

/** Throws `not_found`. */
export function getRun(project: ProjectReader, id: RunId): TrainingRun {
  return runOf(required(project.first(sqlite.selectFrom('runs').selectAll().where('id', '=', id)), 'run', id))
}

/** Every run, newest first. */
export function listRuns(project: ProjectReader): TrainingRun[] {
  return project.all(sqlite.selectFrom('runs').selectAll().orderBy('key', 'desc')).map(runOf)
}

function runOf(row: Selectable<Tables['runs']>): TrainingRun {
  const { id, preset, prompt, seed, status, step, error } = row
  return decode(TrainingRun, {
    id, jobId: row.job_id, parentId: row.parent_id, settings: { stage: row.stage, config: json(row.config) }, preset, prompt,
    drawStyle: row.draw_style, tasks: json(row.tasks), datasetVersionId: row.dataset_version_id, startCheckpointId: row.start_checkpoint_id,
    seed, status, step, totalSteps: row.total_steps, error, createdAt: row.created_at, finishedAt: row.finished_at
  }, `run ${id}`)
}
