import type { PatchedImage } from './patches.ts'

/** A token sequence with its images: what a policy scores and learns from. */
export interface TokenSample {
  readonly ids: Int32Array
  /** [ids.length] weight of each token as a target; 0 for prompts and observations. The first token is never a target. */
  readonly loss: Float32Array
  /** In the order of the runs of image placeholders. An object used twice is encoded once. */
  readonly images: readonly PatchedImage[]
}

/** What a policy-gradient step needs besides; arrays are [ids.length], aligned with `loss`. */
export interface PolicySample extends TokenSample {
  readonly advantage: number
  readonly oldLogProbs: Float32Array
  readonly refLogProbs?: Float32Array
}

/** One of the two responses of a preference pair; `loss` weighs its tokens in the response's log-probability. */
export interface PreferenceSample extends TokenSample {
  /** Both responses of a pair carry the same number; they are kept in one micro-batch. */
  readonly pair: number
  readonly chosen: boolean
  readonly refLogProbs: Float32Array
}

/** Sequences with targets of an auxiliary head on the visual features (base training of the pocket model only). */
export interface AuxiliarySample extends TokenSample {
  /** Per image [tokens * heads], row-major by visual token: the class each auxiliary head should predict, -1 for none. */
  readonly visualTargets: readonly Int32Array[]
}

/** What one optimizer step may be given; the objective says which fields it reads. */
export type StepSample = TokenSample | PolicySample | PreferenceSample | AuxiliarySample
