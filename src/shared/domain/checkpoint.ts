import { z } from 'zod'
import { CheckpointId, RunId } from './ids.ts'

/** A Hugging Face folder inside the project (`folder` is relative to it): a base model, or a run's weights at a step. */
export const Checkpoint = z.object({
  id: CheckpointId,
  name: z.string(),
  runId: RunId.nullable(),
  step: z.int().nullable(),
  /** How well the run was doing here, higher is better (docs/METRICS.md); left out where nothing was measured. */
  score: z.number().optional(),
  folder: z.string(),
  /** SHA-256 of model.safetensors. */
  hash: z.string(),
  family: z.string(),
  parameters: z.int(),
  createdAt: z.iso.datetime()
})
export type Checkpoint = z.infer<typeof Checkpoint>
