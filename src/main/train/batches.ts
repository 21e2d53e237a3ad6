import { Random } from '#shared/domain/random.ts'

export interface BatchPlan {
  /** Samples per optimizer step. */
  batchSize: number
  /** Passes over the data; a fraction takes that share of one more seeded pass. */
  epochs: number
  seed: number
}

/** How many batches of neighbours in length are formed at once: larger pads less, smaller mixes better. */
const WINDOW_BATCHES = 16

/**
 * The whole order of a supervised run as lists of sample indices, one list a step. Each pass is shuffled, cut into windows of
 * 16 batches, sorted by length inside a window (so that a batch pads little) and its batches shuffled again.
 * A pure function of its arguments: a resumed run continues at batch `step` of the same plan.
 */
export function planBatches(lengths: readonly number[], plan: BatchPlan): number[][] {
  const total = Math.max(1, Math.round(lengths.length * plan.epochs))
  const batches: number[][] = []
  for (let taken = 0, epoch = 0; taken < total; epoch++) {
    const random = Random.seeded(plan.seed, `epoch ${epoch}`)
    const pass = random.shuffled([...lengths.keys()]).slice(0, total - taken)
    batches.push(...random.shuffled(bucketed(pass, lengths, plan.batchSize)))
    taken += pass.length
  }
  return batches
}

function bucketed(pass: readonly number[], lengths: readonly number[], batchSize: number): number[][] {
  const batches: number[][] = []
  const window = batchSize * WINDOW_BATCHES
  for (let from = 0; from < pass.length; from += window) {
    // Ties go by index, so that the order never depends on the sort's implementation.
    const sorted = pass.slice(from, from + window).sort((a, b) => (lengths[a] ?? 0) - (lengths[b] ?? 0) || a - b)
    for (let i = 0; i < sorted.length; i += batchSize) batches.push(sorted.slice(i, i + batchSize))
  }
  return batches
}

/**
 * Splits a batch's samples, longest first, into micro-batches of at most `maxTokens` padded tokens (at least one sample each); the two
 * samples of a preference pair stay together.
 */
export function microBatches<S extends { ids: ArrayLike<number> }>(samples: readonly S[], maxTokens: number): S[][] {
  const sorted = units(samples).sort((a, b) => longest(b) - longest(a))
  const parts: S[][] = []
  let part: S[] = []
  let width = 0
  for (const unit of sorted) {
    if (part.length > 0 && width * (part.length + unit.length) > maxTokens) {
      parts.push(part)
      part = []
    }
    if (part.length === 0) width = longest(unit)
    part.push(...unit)
  }
  if (part.length > 0) parts.push(part)
  return parts
}

/** Samples that must share a micro-batch, in order of first appearance. */
function units<S extends object>(samples: readonly S[]): S[][] {
  const found = new Map<unknown, S[]>()
  for (const sample of samples) {
    const key = 'pair' in sample ? sample.pair : sample
    found.set(key, [...found.get(key) ?? [], sample])
  }
  return [...found.values()]
}

function longest(unit: readonly { ids: ArrayLike<number> }[]): number {
  return Math.max(...unit.map(({ ids }) => ids.length))
}
