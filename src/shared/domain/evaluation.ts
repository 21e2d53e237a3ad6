import { z } from 'zod'
import { CheckpointId, EvaluationId } from './ids.ts'
import { Split } from './datasetItem.ts'
import { Sampling } from './trajectory.ts'

export const TaskScore = z.object({
  task: z.string(), items: z.int(),
  /** Means over items in 0..1; a mean over no scored item is null. */
  accuracy: z.number().nullable(), format: z.number(), reflectionRate: z.number(),
  /** Share of ground-truth shapes met (box IoU > 0.5; both line ends within half a 28 px cell), null without ground truth. */
  grounding: z.number().nullable(),
  steps: z.number(), boxes: z.number(), lines: z.number(), responseTokens: z.number()
})
export type TaskScore = z.infer<typeof TaskScore>

/** One checkpoint over held-out items; the rollouts behind it stay in the project. */
export const EvaluationRun = z.object({
  id: EvaluationId,
  checkpointId: CheckpointId,
  label: z.string(),
  split: Split,
  prompt: z.string(),
  drawStyle: z.string(),
  sampling: Sampling,
  scores: z.array(TaskScore),
  overall: TaskScore,
  createdAt: z.iso.datetime()
})
export type EvaluationRun = z.infer<typeof EvaluationRun>
