/** One in this many values is drawn from each cell of the table. */
const CELLS = 4096
/** Cells at either end in which the quantile bends too much to interpolate. */
const BENT = 64
const SHIFT = 20
const GOLDEN = 0x9e3779b1

/** quantile(k / CELLS) at the cells' edges. */
const edges = Float64Array.from({ length: CELLS + 1 }, (_, k) => quantile(k / CELLS))

/**
 * Standard Gumbel noise by counter: the value of vocabulary id v for the token at place `position` of a sequence is a pure function of
 * (seed, position, v), so draws depend neither on the batch nor on how many tokens a run writes. Writes ids 0 to count - 1 to `out`
 * from `at` on. Argmax of logits / T + noise is a draw from softmax(logits / T) (Maddison et al. 2014).
 */
export function gumbelRow(seed: number, position: number, out: Float32Array, at: number, count: number): void {
  const a = mixed(mixed(seed | 0) ^ Math.imul(position, GOLDEN))
  const b = mixed(a ^ seed)
  for (let v = 0; v < count; v++) {
    const bits = mixed((Math.imul(v ^ a, GOLDEN) + b) | 0) >>> 0
    const cell = bits >>> SHIFT
    if (cell < BENT || cell >= CELLS - BENT) {
      out[at + v] = quantile((bits + 0.5) / 2 ** 32)
      continue
    }
    const low = edges[cell] as number
    out[at + v] = low + ((edges[cell + 1] as number) - low) * ((bits & (2 ** SHIFT - 1)) / 2 ** SHIFT)
  }
}

/** Inverse of the Gumbel distribution function exp(-exp(-x)). */
function quantile(probability: number): number {
  return -Math.log(-Math.log(probability))
}

/** The finalizer of MurmurHash3: every input bit reaches every output bit. */
function mixed(value: number): number {
  let x = value
  x = Math.imul(x ^ (x >>> 16), 0x85ebca6b)
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35)
  return x ^ (x >>> 16)
}
