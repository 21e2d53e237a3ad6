import type { Sampling } from '#shared/domain/trajectory.ts'

/** METHOD.md's limits (10 turns; 42 images in training, 45 in evaluation) and plain sampling, with what a request chose. */
export function samplingOf(chosen: Pick<Sampling, 'temperature' | 'seed'>): Sampling {
  return {
    topP: 1, topK: 0, maxTurnTokens: 512, maxTotalTokens: 4096, maxTurns: 10, maxImages: 45, repeatTolerance: null, ...chosen
  }
}
