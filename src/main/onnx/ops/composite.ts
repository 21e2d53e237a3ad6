import type { Inference, OpRow } from '../types.ts'
import { graphError } from './check.ts'

/** A composite's types come from its body; the table row only gives it a name and thereby a gradient rule. */
const fromBody: Inference = (request) => {
  throw graphError(request, 'a composite must be built with its body')
}

/**
 * Groups of ONNX nodes that are differentiated as one: the rule of the whole is cheaper or safer than the chain of its parts
 * (an attention's softmax gradient needs no second pass over the scores; a permutation's is a gather, not a scatter).
 */
export const COMPOSITE = {
  Attention: { domain: 'composite', infer: fromBody },
  Rotary: { domain: 'composite', infer: fromBody },
  Silu: { domain: 'composite', infer: fromBody },
  RmsNorm: { domain: 'composite', infer: fromBody },
  LayerNorm: { domain: 'composite', infer: fromBody },
  TokenLogProb: { domain: 'composite', infer: fromBody },
  PermuteRows: { domain: 'composite', infer: fromBody },
  Recomputed: { domain: 'composite', infer: fromBody }
} as const satisfies Record<string, OpRow>
