import type { Checkpoint } from './checkpoint.ts'
import type { Sampling } from './trajectory.ts'

/** Areas in model pixels that pictures are resized into. */
export interface PixelLimits {
  readonly minPixels: number
  readonly maxPixels: number
}

/** ViLaSR's limits (METHOD.md section 3): smaller pictures for training and its rollouts, larger ones for evaluation. */
const PUBLISHED = { training: { minPixels: 16_384, maxPixels: 200_704 }, evaluation: { minPixels: 16_384, maxPixels: 351_232 } } as const

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

/**
 * The limits pictures are brought into: what is wished (0 = no wish), else the published ones for models above the pocket
 * class, whose own maximum makes 16,000 tokens of one photograph; null = the checkpoint's own.
 */
export function pixelLimits(checkpoint: Pick<Checkpoint, 'parameters'>, purpose: keyof typeof PUBLISHED, wish: PixelLimits = { minPixels: 0, maxPixels: 0 }): PixelLimits | null {
  const usual = checkpoint.parameters < POCKET_PARAMETERS ? null : PUBLISHED[purpose]
  if (wish.minPixels === 0 && wish.maxPixels === 0) return usual
  return { minPixels: wish.minPixels || (usual?.minPixels ?? 1), maxPixels: wish.maxPixels || (usual?.maxPixels ?? Number.MAX_SAFE_INTEGER) }
}
