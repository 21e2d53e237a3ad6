import type { Reward } from '#shared/domain/reward.ts'
import type { Trajectory } from '#shared/domain/trajectory.ts'
import type { ProjectWriter } from '../store/project.ts'
import { setReward } from '../store/rewards.ts'
import { insertTrajectory, type Purpose } from '../store/trajectories.ts'

/** A path as it was written, with what it earned. */
export interface ScoredPath {
  readonly trajectory: Trajectory
  readonly reward: Reward
}

/** Stores a path with what it earned, both or neither. */
export function storePath(project: ProjectWriter, { trajectory, reward }: ScoredPath, purpose: Purpose = {}): void {
  project.transaction(() => {
    insertTrajectory(project, trajectory, { purpose })
    setReward(project, trajectory.id, reward)
  })
}
