import type { Selectable } from 'kysely'
import { Checkpoint } from '#shared/domain/checkpoint.ts'
import type { CheckpointId, RunId } from '#shared/domain/ids.ts'
import { sqlite } from './connection.ts'
import { decode, required } from './decode.ts'
import type { ProjectReader, ProjectWriter } from './project.ts'
import type { Tables } from './schema.ts'

/** Records a checkpoint whose folder is complete on disk. Throws `conflict` for a known id. */
export function insertCheckpoint(project: ProjectWriter, checkpoint: Checkpoint): void {
  const { id, name, runId, step, folder, hash, family, parameters, createdAt, score = null } = checkpoint
  project.insert('checkpoints', { id, name, run_id: runId, step, folder, hash, family, parameters, created_at: createdAt, score })
}

/** Throws `not_found`. */
export function getCheckpoint(project: ProjectReader, id: CheckpointId): Checkpoint {
  return checkpointOf(required(project.first(all().where('id', '=', id)), 'checkpoint', id))
}

/** Every checkpoint, oldest first. */
export function listCheckpoints(project: ProjectReader): Checkpoint[] {
  return project.all(all().orderBy('key')).map(checkpointOf)
}

/** A run's checkpoints, oldest first. */
export function listCheckpointsOf(project: ProjectReader, runId: RunId): Checkpoint[] {
  return project.all(all().where('run_id', '=', runId).orderBy('key')).map(checkpointOf)
}

/** The run's checkpoint to go on from: the best score, of equal or unmeasured ones the newest; null when it has none. */
export function bestCheckpointOf(project: ProjectReader, runId: RunId): Checkpoint | null {
  return listCheckpointsOf(project, runId).reduce<Checkpoint | null>((best, next) =>
    (best === null || (next.score ?? -Infinity) >= (best.score ?? -Infinity) ? next : best), null)
}

/** Whether a run began from it, or a path or an evaluation was made with it. */
export function isCheckpointUsed(project: ProjectReader, id: CheckpointId): boolean {
  const rows = [
    project.first(sqlite.selectFrom('runs').select('key').where('start_checkpoint_id', '=', id).limit(1)),
    project.first(sqlite.selectFrom('trajectories').select('key').where('checkpoint_id', '=', id).limit(1)),
    project.first(sqlite.selectFrom('evaluations').select('key').where('checkpoint_id', '=', id).limit(1))
  ]
  return rows.some((row) => row !== undefined)
}

/** Removes the record of a checkpoint nothing refers to; its folder goes after it. */
export function deleteCheckpoint(project: ProjectWriter, id: CheckpointId): void {
  project.run(sqlite.deleteFrom('checkpoints').where('id', '=', id))
}

function all() {
  return sqlite.selectFrom('checkpoints').selectAll()
}

function checkpointOf(row: Selectable<Tables['checkpoints']>): Checkpoint {
  const { id, name, step, folder, hash, family, parameters, score } = row
  const record = { id, name, runId: row.run_id, step, folder, hash, family, parameters, createdAt: row.created_at, ...(score === null ? {} : { score }) }
  return decode(Checkpoint, record, `checkpoint ${id}`)
}
