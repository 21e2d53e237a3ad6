export interface PreferenceLossSettings {
  /** How strongly the policy is held to the reference. */
  readonly beta: number
  /** Share of pairs taken to be the wrong way round (conservative DPO); 0 for none. */
  readonly labelSmoothing: number
}

/** Log-probabilities of the two responses of a pair under the policy and the reference: sums over tokens, or means. */
export interface PreferencePair {
  readonly chosen: number
  readonly rejected: number
  readonly refChosen: number
  readonly refRejected: number
}

/** beta times how much more the policy prefers the chosen response than the reference does: the implicit reward's margin. */
export function preferenceMargin({ chosen, rejected, refChosen, refRejected }: PreferencePair, beta: number): number {
  return beta * (chosen - refChosen - (rejected - refRejected))
}

/**
 * Direct preference optimisation (Rafailov et al. 2023, equation 7), mean over pairs:
 * L = -(1 - e) log sigmoid(m) - e log sigmoid(-m), m the margin, e the label smoothing. In nats.
 * The graph in train/lossGraph.ts computes the same; tests hold them together.
 */
export function preferenceLoss(pairs: readonly PreferencePair[], { beta, labelSmoothing }: PreferenceLossSettings): number {
  const losses = pairs.map((pair) => {
    const margin = preferenceMargin(pair, beta)
    return -(1 - labelSmoothing) * logSigmoid(margin) - labelSmoothing * logSigmoid(-margin)
  })
  return losses.reduce((sum, loss) => sum + loss, 0) / pairs.length
}

/** log(1 / (1 + e^-x)), finite for every x. */
export function logSigmoid(x: number): number {
  return Math.min(x, 0) - Math.log1p(Math.exp(-Math.abs(x)))
}
