/**
 * Seeded pseudo-random stream: PCG32 (O'Neill 2014, XSH-RR 64/32). Its whole state is two numbers, so a checkpoint can
 * hold it and a resumed run draws the same values.
 */
export type RandomState = { readonly state: string; readonly stream: string }

const MULTIPLIER = 6364136223846793005n
const MASK = (1n << 64n) - 1n

export class Random {
  #state: bigint
  readonly #stream: bigint

  private constructor(state: bigint, stream: bigint) {
    this.#state = state & MASK
    this.#stream = (stream | 1n) & MASK
  }

  /** A stream of its own for each (seed, name): draws of one never shift another. */
  static seeded(seed: number, name = ''): Random {
    let hash = 0xcbf29ce484222325n
    for (const char of name) hash = ((hash ^ BigInt(char.codePointAt(0) ?? 0)) * 0x100000001b3n) & MASK
    const random = new Random(0n, (hash << 1n) | 1n)
    random.uint32()
    random.#state = (random.#state + BigInt(Math.trunc(seed)) * 0x9e3779b97f4a7c15n) & MASK
    random.uint32()
    return random
  }

  static restored(saved: RandomState): Random {
    return new Random(BigInt(saved.state), BigInt(saved.stream))
  }

  saved(): RandomState {
    return { state: this.#state.toString(), stream: this.#stream.toString() }
  }

  /** Uniform integer in [0, 2^32). */
  uint32(): number {
    const old = this.#state
    this.#state = (old * MULTIPLIER + this.#stream) & MASK
    const xorshifted = Number((((old >> 18n) ^ old) >> 27n) & 0xffffffffn)
    const rotation = Number(old >> 59n)
    return ((xorshifted >>> rotation) | (xorshifted << (-rotation & 31))) >>> 0
  }

  /** Uniform in [0, 1), 53 bits. */
  uniform(): number {
    return ((this.uint32() >>> 5) * 67108864 + (this.uint32() >>> 6)) / 9007199254740992
  }

  /** Uniform integer in [low, high], both included. */
  integer(low: number, high: number): number {
    return low + Math.floor(this.uniform() * (high - low + 1))
  }

  /** Standard normal (Box-Muller). */
  normal(): number {
    const u = 1 - this.uniform()
    return Math.sqrt(-2 * Math.log(u)) * Math.cos(2 * Math.PI * this.uniform())
  }

  /** Standard Gumbel, for sampling by argmax. */
  gumbel(): number {
    return -Math.log(-Math.log(1 - this.uniform()))
  }

  chance(probability: number): boolean {
    return this.uniform() < probability
  }

  pick<T>(values: readonly T[]): T {
    const value = values[this.integer(0, values.length - 1)]
    if (value === undefined) throw new RangeError('pick needs at least one value')
    return value
  }

  /** A shuffled copy (Fisher-Yates). */
  shuffled<T>(values: readonly T[]): T[] {
    const copy = [...values]
    for (let i = copy.length - 1; i > 0; i--) {
      const j = this.integer(0, i)
      const held = copy[i] as T
      copy[i] = copy[j] as T
      copy[j] = held
    }
    return copy
  }
}
