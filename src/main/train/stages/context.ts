import type { DatasetItem } from '#shared/domain/datasetItem.ts'
import type { Progress } from '#shared/domain/job.ts'
import type { Reward } from '#shared/domain/reward.ts'
import type { TrainingRun } from '#shared/domain/trainingRun.ts'
import type { Trajectory } from '#shared/domain/trajectory.ts'
import type { ReviewOpinion } from '../../reward/reviewRule.ts'
import type { Workbench } from '../workbench.ts'

/** One item of a run's frozen data with the paths to learn from (none for stages that only read questions). */
export interface TrainingLine {
  item: DatasetItem
  trajectories: Trajectory[]
  /** What people's reviews say of some of the paths, by path id. */
  opinions?: Readonly<Record<string, ReviewOpinion>> | undefined
  /** Steps (0-based) of some of the paths that people rejected, by path id. */
  rejected?: Readonly<Record<string, readonly number[]>> | undefined
}

/** What a stage tells while it works. */
export interface StageReport {
  progress(progress: Progress): void
  log(level: 'info' | 'warning' | 'error', text: string): void
  metrics(step: number, seconds: number, totalSteps: number | null, values: Record<string, number>): void
  trajectory(trajectory: Trajectory, reward: Reward): void
  /** Steps begin after `step`: what was told of later ones will be told again. */
  began(step: number): Promise<void>
  /** Resolves when all that was told is stored: only then may a state say that it happened. */
  stored(): Promise<void>
}

export interface StageContext {
  run: TrainingRun
  /** Absolute; the run's own folder, the only one a stage writes to besides the blobs. */
  runFolder: string
  lines: TrainingLine[]
  bench: Workbench
  report: StageReport
  /** Seconds of work that a kill may cost at most (one step is always at stake): how often the state is written. */
  saveSeconds: number
  /** Asked between steps; true ends the stage after the step in hand with its state saved. */
  stopRequested(): boolean
  /** Waits here while the run is paused; `save` comes first, so that a paused run loses nothing to a kill. */
  pausePoint(save?: () => Promise<void>): Promise<void>
  /** Writes the policy as it is after so many steps as a checkpoint of the run. */
  checkpoint(step: number): Promise<void>
  /** A rehearsal takes at most so many steps, saves nothing and starts from nothing; null = the run itself. */
  rehearsalSteps: number | null
}

export interface StageResult {
  stopped: boolean
  /** Optimizer steps taken in all, those before a resume included. */
  steps: number
  summary: Record<string, string | number | boolean>
}
