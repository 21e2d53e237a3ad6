import type { Checkpoint } from './checkpoint.ts'
import type { Sampling } from './trajectory.ts'

/** Below this many parameters a model is of the pocket class: short turns, short paths. */
const POCKET_PARAMETERS = 20_000_000

/**
 * How far a path may go (METHOD.md section 1): the paper's 10 turns and 42 images, and token limits by the model's class.
 * Full-distribution sampling (top-p 1, top-k off), as reinforcement learning needs.
 */
export function defaultSampling(checkpoint: Pick<Checkpoint, 'parameters'>, choice: { temperature: number; seed: number }): Sampling {
  const pocket = checkpoint.parameters < POCKET_PARAMETERS
  return {
    ...choice, topP: 1, topK: 0,
    maxTurnTokens: pocket ? 192 : 2048, maxTotalTokens: pocket ? 1024 : 16_384,
    maxTurns: 10, maxImages: 42, repeatTolerance: null
  }
}
