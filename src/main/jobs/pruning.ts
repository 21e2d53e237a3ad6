import { rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Checkpoint } from '#shared/domain/checkpoint.ts'
import type { RunId } from '#shared/domain/ids.ts'
import { bestCheckpointOf, deleteCheckpoint, isCheckpointUsed, listCheckpointsOf } from '../store/checkpoints.ts'
import type { ProjectWriter } from '../store/project.ts'
import { getRun } from '../store/runs.ts'

/**
 * Lets go of a run's older checkpoints: the newest `keepCheckpoints` stay, and so do the best one and every one that a run, a path
 * or an evaluation refers to. Called after a new one is whole on disk and recorded; the record goes first, so that a kill between
 * the two leaves files without a record, never a record without files.
 * @returns those removed
 */
export function pruneCheckpoints(project: ProjectWriter, runId: RunId): Checkpoint[] {
  const { keepCheckpoints } = getRun(project, runId).settings.config
  const best = bestCheckpointOf(project, runId)
  const old = listCheckpointsOf(project, runId).sort((a, b) => (b.step ?? 0) - (a.step ?? 0)).slice(keepCheckpoints)
  const removed = old.filter(({ id }) => id !== best?.id && !isCheckpointUsed(project, id))
  for (const { id, folder } of removed) {
    deleteCheckpoint(project, id)
    rmSync(join(project.folder, folder), { recursive: true, force: true })
  }
  return removed
}
