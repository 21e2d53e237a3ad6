import type { TrajectoryId } from '#shared/domain/ids.ts'
import { sqlite } from './connection.ts'
import { required } from './decode.ts'
import type { ProjectReader } from './project.ts'

/** The row behind an id. Throws `not_found`. */
export function trajectoryKey(project: ProjectReader, id: TrajectoryId): number {
  return required(project.first(sqlite.selectFrom('trajectories').select('key').where('id', '=', id)), 'path', id).key
}
