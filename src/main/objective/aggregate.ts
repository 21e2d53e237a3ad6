/** How token terms of a group of responses become one loss: paper (GRPO), DAPO, Dr. GRPO. */
export type Aggregation = 'sequenceMean' | 'tokenMean' | 'constantLength'

/**
 * Weight of each token of response i, by aggregation over G responses of N_i tokens: 1/(G N_i); 1/sum N; 1/(G maxTokens).
 * `lengths` are the target tokens of the responses.
 */
export function tokenWeights(lengths: readonly number[], aggregation: Aggregation, maxTokens: number): number[] {
  const total = lengths.reduce((sum, length) => sum + length, 0)
  return lengths.map((length) => {
    if (aggregation === 'sequenceMean') return length === 0 ? 0 : 1 / (lengths.length * length)
    return aggregation === 'tokenMean' ? 1 / Math.max(total, 1) : 1 / (lengths.length * maxTokens)
  })
}
