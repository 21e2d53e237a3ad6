/** How tokens are chosen: the likeliest, a draw from all, a draw after a cut. */
export type BenchChoice = 'greedy' | 'sampled' | 'top-k 50, top-p 0.9'

/**
 * What compare.ts asks of our bench process (ours.ts) and of the peer's (scripts/reference/bench_peer.py): one request a line on
 * standard input, one answer a line on standard output. Both read the same inputs from a safetensors file: `ids` and `weights`
 * [B, T], `patches` [P, patch length], `grids` [n, 3], all float32; row b holds images b n/B to (b+1) n/B - 1.
 */
export type BenchRequest =
  | { readonly do: 'open'; readonly folder: string; readonly threads: number }
  /** One product of two square matrices, `repeats` times. */
  | { readonly do: 'sgemm'; readonly size: number; readonly repeats: number }
  /** Prompts in, `tokens` more of each out, prefill and vision included. */
  | { readonly do: 'generate'; readonly inputs: string; readonly tokens: number; readonly choice: BenchChoice }
  /** Forward, backward, clip and AdamW on all weights; the state lives on between requests. */
  | { readonly do: 'train'; readonly inputs: string; readonly learningRate: number }

export interface BenchAnswer {
  readonly seconds: number
  /** Peak resident memory of the process so far, in MiB. */
  readonly peakMiB: number
  /** train: the loss before the step. */
  readonly loss?: number
  /** generate: what was written, row by row. */
  readonly ids?: readonly (readonly number[])[]
}
