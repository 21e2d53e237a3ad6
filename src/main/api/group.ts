import type { GroupMember } from '#shared/contract/comparison.ts'
import { ItemId, RunId, type TrajectoryId } from '#shared/domain/ids.ts'
import type { TrajectorySummary } from '#shared/domain/reward.ts'
import { type AdvantageEstimator, groupAdvantages } from '../objective/advantage.ts'
import type { ProjectReader } from '../store/project.ts'
import { getRun } from '../store/runs.ts'
import { getTrajectory, listTrajectories } from '../store/trajectories.ts'

/** More paths of one item than anybody compares by eye. */
const MOST = 2000

/**
 * All paths of a path's item; those sampled together with it (in the same run and step, or by the same checkpoint beside a run) with their
 * advantages, by the run's own estimator. Throws `not_found`.
 */
export function groupOf(project: ProjectReader, id: TrajectoryId): GroupMember[] {
  const paths = listTrajectories(project, { itemId: ItemId.parse(getTrajectory(project, id).itemId), newestOnly: false }, { limit: MOST }).rows
  const own = paths.find((path) => path.id === id)
  const group = own === undefined ? [] : paths.filter((path) => isSampledWith(own, path))
  const advantages = groupAdvantages(group.map(({ reward }) => reward?.total ?? null), estimatorOf(project, own))
  return paths.map((path) => {
    const place = group.indexOf(path)
    return { path, inGroup: place >= 0, advantage: (path.reward?.total ?? null) === null ? null : advantages[place] ?? null }
  })
}

function isSampledWith(own: TrajectorySummary, path: TrajectorySummary): boolean {
  return path.originKind === own.originKind && path.runId === own.runId && path.runStep === own.runStep && path.checkpointId === own.checkpointId && path.prelabelId === own.prelabelId
}

function estimatorOf(project: ProjectReader, own: TrajectorySummary | undefined): AdvantageEstimator {
  const run = own === undefined || own.runId === null ? null : getRun(project, RunId.parse(own.runId))
  return run?.settings.stage === 'grpo' ? run.settings.config.advantage : 'grpo'
}
