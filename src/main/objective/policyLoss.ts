/** rho of each token, or one of the whole response: the geometric mean over its tokens (GSPO, Zheng et al. 2025). */
export type RatioKind = 'token' | 'sequence'

export interface PolicyLossSettings {
  /** Default: of each token. */
  readonly ratio?: RatioKind
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
  /** Which response each token belongs to; needed for the ratio of whole responses only. */
  readonly responses?: ArrayLike<number>
}

/**
 * GRPO's clipped surrogate (ViLaSR eq. 7 and 8; METHOD.md section 3):
 * L = -sum_t w_t [ min(rho A, clip(rho, 1 - low, 1 + high) A) - beta k3 ], rho = exp(logp - old), k3 = exp(ref - logp) - (ref - logp) - 1.
 * With `ratio: 'sequence'` every token of response i has rho_i = exp(mean_t (logp - old)), which under weights of 1 / (G N_i) is GSPO's
 * loss -(1/G) sum_i min(rho_i A_i, clip(rho_i) A_i). The graph in train/lossGraph.ts computes the same; tests hold them together.
 */
export function policyLoss(tokens: PolicyTokens, settings: PolicyLossSettings): number {
  let loss = 0
  policyRatios(tokens, settings.ratio).forEach((ratio, t) => {
    const [logp, advantage] = [tokens.logProbs[t] ?? 0, tokens.advantages[t] ?? 0]
    const clipped = Math.min(Math.max(ratio, 1 - settings.clipLow), 1 + settings.clipHigh)
    let surrogate = Math.min(ratio * advantage, clipped * advantage)
    if (settings.dualClip !== undefined && advantage < 0) surrogate = Math.max(surrogate, settings.dualClip * advantage)
    const penalty = tokens.refLogProbs ? settings.klBeta * k3(logp, tokens.refLogProbs[t] ?? 0) : 0
    loss -= (tokens.weights[t] ?? 0) * (surrogate - penalty)
  })
  return loss
}

/** rho of every token. */
export function policyRatios({ logProbs, oldLogProbs, responses }: Pick<PolicyTokens, 'logProbs' | 'oldLogProbs' | 'responses'>, kind: RatioKind = 'token'): Float64Array {
  const differences = Float64Array.from({ length: logProbs.length }, (_, t) => (logProbs[t] ?? 0) - (oldLogProbs[t] ?? 0))
  if (kind === 'token') return differences.map(Math.exp)
  const sums = new Map<number, { sum: number; count: number }>()
  differences.forEach((difference, t) => {
    const { sum, count } = sums.get(responses?.[t] ?? 0) ?? { sum: 0, count: 0 }
    sums.set(responses?.[t] ?? 0, { sum: sum + difference, count: count + 1 })
  })
  return differences.map((_, t) => {
    const { sum, count } = sums.get(responses?.[t] ?? 0) ?? { sum: 0, count: 1 }
    return Math.exp(sum / count)
  })
}

/** Schulman's k3 estimate of KL(policy || reference) from one sample: e^d - d - 1 with d = ref - logp; never negative. */
export function k3(logProb: number, refLogProb: number): number {
  const d = refLogProb - logProb
  return Math.exp(d) - d - 1
}
