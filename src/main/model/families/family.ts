import type { Value } from '#main/onnx/graph.ts'
import type { VisionConfig } from '../config.ts'
import type { Weights } from '../weights.ts'

/** A linear layer of a vision block, by its name inside the block: weight [out, in] and bias [out]. */
export interface LinearShape {
  readonly name: string
  readonly out: number
  readonly in: number
}

/** What sets one family's vision tower apart from another's; everything else is written once for all. */
export interface VisionFamily {
  /** Tensors of a norm besides its weight (`bias`, or none). */
  readonly normExtras: readonly 'bias'[]
  /** The norm over the last axis with the tensors of `name`. */
  norm(x: Value, weights: Weights, name: string): Value
  /** The linear layers of a block's MLP, all with biases. */
  mlpLayers(vision: VisionConfig): readonly LinearShape[]
  /** The MLP of the block called `block`: [rows, width] to [rows, width]. */
  mlp(x: Value, weights: Weights, block: string): Value
}
