import type { DatasetItem } from '#shared/domain/datasetItem.ts'
import type { Progress } from '#shared/domain/job.ts'
import type { Reward } from '#shared/domain/reward.ts'
import type { TrainingRun } from '#shared/domain/trainingRun.ts'
import type { Trajectory } from '#shared/domain/trajectory.ts'
import type { Workbench } from '../workbench.ts'

/** One item of a run's frozen data with the paths to learn from (none for stages that only read questions). */
export interface TrainingLine {
  item: DatasetItem
  trajectories: Trajectory[]
}

/** What a stage tells while it works. */
export interface StageReport {
  progress(progress: Progress): void
  log(level: 'info' | 'warning' | 'error', text: string): void
  metrics(step: number, seconds: number, totalSteps: number | null, values: Record<string, number>): void
  trajectory(trajectory: Trajectory, reward: Reward): void
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
}

export interface StageResult {
  stopped: boolean
  /** Optimizer steps taken in all, those before a resume included. */
  steps: number
  summary: Record<string, string | number | boolean>
}
