import { Random } from '#shared/domain/random.ts'
import type { TokenSample } from '#main/model/sequence.ts'

/** Batches formed at once: sorted by length inside the window, so that a batch pads little, then shuffled. */
const WINDOW = 8

/**
 * Batches of an endless stream of samples, by step: the same step gives the same batch, so training resumes anywhere. Only
 * the current window is kept.
 */
export class BatchStream<S extends TokenSample> {
  readonly #sampleAt: (index: number) => S
  readonly #size: number
  readonly #seed: number
  #window = -1
  #batches: S[][] = []

  constructor(sampleAt: (index: number) => S, { size, seed }: { size: number; seed: number }) {
    this.#sampleAt = sampleAt
    this.#size = size
    this.#seed = seed
  }

  at(step: number): S[] {
    const window = Math.floor(step / WINDOW)
    if (window !== this.#window) {
      const first = window * WINDOW * this.#size
      const samples = Array.from({ length: WINDOW * this.#size }, (_, i) => this.#sampleAt(first + i))
      samples.sort((a, b) => a.ids.length - b.ids.length)
      const batches = Array.from({ length: WINDOW }, (_, i) => samples.slice(i * this.#size, (i + 1) * this.#size))
      this.#batches = Random.seeded(this.#seed, `window ${window}`).shuffled(batches)
      this.#window = window
    }
    return this.#batches[step % WINDOW] ?? []
  }
}
