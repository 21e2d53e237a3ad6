export interface PolicyLossSettings {
  /** rho may go down to 1 - clipLow and up to 1 + clipHigh. */
  readonly clipLow: number
  readonly clipHigh: number
  /** For A < 0 the surrogate is at least dualClip * A (Ye et al. 2020); off when absent. */
  readonly dualClip?: number
  /** Weight of the k3 estimate of KL(policy || reference); 0 for none. */
  readonly klBeta: number
}

/** Per token of the responses, all arrays of one length; weights carry the aggregation (1 / (G N_i) for the paper's). */
export interface PolicyTokens {
  readonly logProbs: ArrayLike<number>
  readonly oldLogProbs: ArrayLike<number>
  readonly refLogProbs: ArrayLike<number> | null
  readonly advantages: ArrayLike<number>
  readonly weights: ArrayLike<number>
}

/**
 * GRPO's clipped surrogate (ViLaSR eq. 7 and 8; METHOD.md section 3):
 * L = -sum_t w_t [ min(rho A, clip(rho, 1 - low, 1 + high) A) - beta k3 ], rho = exp(logp - old), k3 = exp(ref - logp) - (ref - logp) - 1.
 * The graph in train/lossGraph.ts computes the same; tests hold them together.
 */
export function policyLoss(tokens: PolicyTokens, settings: PolicyLossSettings): number {
  let loss = 0
  for (let t = 0; t < tokens.logProbs.length; t++) {
    const [logp, advantage] = [tokens.logProbs[t] ?? 0, tokens.advantages[t] ?? 0]
    const ratio = Math.exp(logp - (tokens.oldLogProbs[t] ?? 0))
    const clipped = Math.min(Math.max(ratio, 1 - settings.clipLow), 1 + settings.clipHigh)
    let surrogate = Math.min(ratio * advantage, clipped * advantage)
    if (settings.dualClip !== undefined && advantage < 0) surrogate = Math.max(surrogate, settings.dualClip * advantage)
    const penalty = tokens.refLogProbs ? settings.klBeta * k3(logp, tokens.refLogProbs[t] ?? 0) : 0
    loss -= (tokens.weights[t] ?? 0) * (surrogate - penalty)
  }
  return loss
}

/** Schulman's k3 estimate of KL(policy || reference) from one sample: e^d - d - 1 with d = ref - logp; never negative. */
export function k3(logProb: number, refLogProb: number): number {
  const d = refLogProb - logProb
  return Math.exp(d) - d - 1
}
