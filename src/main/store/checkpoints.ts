import type { Selectable } from 'kysely'
import { Checkpoint } from '#shared/domain/checkpoint.ts'
import type { CheckpointId, RunId } from '#shared/domain/ids.ts'
import { sqlite } from './connection.ts'
import { decode, required } from './decode.ts'
import type { ProjectReader, ProjectWriter } from './project.ts'
import type { Tables } from './schema.ts'

/** Records a checkpoint whose folder is complete on disk. Throws `conflict` for a known id. */
export function insertCheckpoint(project: ProjectWriter, checkpoint: Checkpoint): void {
  const { id, name, runId, step, folder, hash, family, parameters, createdAt } = checkpoint
  project.insert('checkpoints', { id, name, run_id: runId, step, folder, hash, family, parameters, created_at: createdAt })
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

function all() {
  return sqlite.selectFrom('checkpoints').selectAll()
}

function checkpointOf(row: Selectable<Tables['checkpoints']>): Checkpoint {
  const { id, name, step, folder, hash, family, parameters } = row
  return decode(Checkpoint, { id, name, runId: row.run_id, step, folder, hash, family, parameters, createdAt: row.created_at }, `checkpoint ${id}`)
}
