import { EditHistory } from '#shared/domain/editHistory.ts'
import type { TrajectoryId } from '#shared/domain/ids.ts'
import { sqlite } from './connection.ts'
import { decode, json } from './decode.ts'
import type { ProjectReader, ProjectWriter } from './project.ts'
import { trajectoryKey } from './trajectoryKey.ts'

/** What a reviewer can undo and redo on this version; null where there is nothing. Throws `not_found`. */
export function getEditHistory(project: ProjectReader, id: TrajectoryId, reviewer: string): EditHistory | null {
  const row = project.first(sqlite.selectFrom('edit_histories').select('history')
    .where('trajectory_key', '=', trajectoryKey(project, id)).where('reviewer', '=', reviewer))
  return row === undefined ? null : decode(EditHistory, json(row.history), `undo history of path ${id}`)
}

/** Keeps a reviewer's history beside a version; the version it was edited from (`parent`) gives its own up. */
export function setEditHistory(project: ProjectWriter, id: TrajectoryId, reviewer: string, history: EditHistory, parent: TrajectoryId | null = null): void {
  project.transaction(() => {
    if (parent !== null) {
      project.run(sqlite.deleteFrom('edit_histories').where('trajectory_key', '=', trajectoryKey(project, parent)).where('reviewer', '=', reviewer))
    }
    const text = JSON.stringify(history)
    project.run(sqlite.insertInto('edit_histories').values({ trajectory_key: trajectoryKey(project, id), reviewer, history: text })
      .onConflict((at) => at.columns(['trajectory_key', 'reviewer']).doUpdateSet({ history: text })))
  })
}
