/**
 * Supervised loss: L = -sum_t w_t log p(token_t) / norm over target tokens, norm = sum_t w_t of the whole optimizer step
 * (METHOD.md section 3 with w = 1 on assistant tokens). In nats.
 */
export function supervisedLoss(logProbs: ArrayLike<number>, weights: ArrayLike<number>, norm: number): number {
  let sum = 0
  for (let t = 0; t < logProbs.length; t++) sum -= (weights[t] ?? 0) * (logProbs[t] ?? 0)
  return sum / norm
}
