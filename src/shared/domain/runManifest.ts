import { z } from 'zod'
import { Checkpoint } from './checkpoint.ts'
import { DatasetVersion } from './datasetVersion.ts'
import { DeviceName } from './device.ts'
import { Leakage } from './similar.ts'
import { TrainingRun } from './trainingRun.ts'

/** A data file of the program as it was when a run started. */
export const FrozenFile = z.object({ name: z.string(), hash: z.string(), text: z.string() })
export type FrozenFile = z.infer<typeof FrozenFile>

/** Everything a run's result depends on: `manifest.json` in its folder, written once before its engine first starts. */
export const RunManifest = z.object({
  /** Settings, seed, preset, tasks and parent as the run began. */
  run: TrainingRun,
  dataset: DatasetVersion,
  /** What of it shows pictures of the splits that measure, when the run began; null in manifests of earlier versions. */
  leakage: Leakage.nullable().default(null),
  /** SHA-256 of `dataset.jsonl`, the frozen items and paths themselves. */
  datasetFileHash: z.string(),
  /** Its `hash` is that of the weights. */
  startCheckpoint: Checkpoint,
  prompt: FrozenFile,
  drawStyle: FrozenFile,
  /** The program's version, and its revision where it runs from a checkout. */
  version: z.string(),
  revision: z.string().nullable(),
  node: z.string(),
  /** The processor. */
  device: z.string(),
  threads: z.int().positive(),
  /** What the run's graphs first ran on; the same seed gives the same numbers on the same device only. */
  runsOn: DeviceName.default('cpu'),
  /** Resumes on another device than before, oldest first. */
  moved: z.array(z.object({ to: DeviceName, at: z.iso.datetime() })).default([])
})
export type RunManifest = z.infer<typeof RunManifest>

/** What a run goes on with unless it is told otherwise. */
export function lastDevice({ runsOn, moved }: Pick<RunManifest, 'runsOn' | 'moved'>): DeviceName {
  return moved.at(-1)?.to ?? runsOn
}
