import type { StepTokens } from '#shared/domain/trajectory.ts'

/** What the heat of a token tells. */
export type TokenShade = 'logProb' | 'entropy'

/** Nats at which a cell is fully dark: a token of one chance in fifty. */
const DARKEST = Math.log(50)

/** How dark each token is shown, 0 to 1. */
export function shadesOf({ logProbs, entropies }: Pick<StepTokens, 'logProbs' | 'entropies'>, shade: TokenShade): number[] {
  const nats = shade === 'logProb' ? logProbs.map((value) => -value) : entropies
  return nats.map((value) => Math.min(1, Math.max(0, value / DARKEST)))
}
