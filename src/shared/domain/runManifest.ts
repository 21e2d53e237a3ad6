import { z } from 'zod'
import { Checkpoint } from './checkpoint.ts'
import { DatasetVersion } from './datasetVersion.ts'
import { TrainingRun } from './trainingRun.ts'

/** A data file of the program as it was when a run started. */
export const FrozenFile = z.object({ name: z.string(), hash: z.string(), text: z.string() })
export type FrozenFile = z.infer<typeof FrozenFile>

/** Everything a run's result depends on: `manifest.json` in its folder, written once before its engine first starts. */
export const RunManifest = z.object({
  /** Settings, seed, preset, tasks and parent as the run began. */
  run: TrainingRun,
  dataset: DatasetVersion,
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
  device: z.string(),
  threads: z.int().positive()
})
export type RunManifest = z.infer<typeof RunManifest>
