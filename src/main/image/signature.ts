import { shrunkPixels } from './codec.ts'

/** Sides of the shrunk picture, of the cosine coefficients kept of it, and of its colour grid. */
const SIDE = 64
const COEFFICIENTS = 16
const COLOUR_SIDE = 8

export const HASH_BYTES = COEFFICIENTS ** 2 / 8
export const COLOUR_VALUES = COLOUR_SIDE ** 2 * 3
/** A signature: the hash, then the colours as int8. */
export const SIGNATURE_BYTES = HASH_BYTES + COLOUR_VALUES

/** Bits of the hash that may differ, and colour distance, of what counts as the same picture (docs/decisions/0024-similar-pictures.md). */
export const MOST_BITS = 48
export const MOST_COLOUR = 0.05

/** A picture whose grey levels span less than this shows nothing to tell it by. */
const FLAT = 12
/** Colours are stored in sixteenths of a standard deviation. */
const STEPS = 16

/**
 * What a picture looks like in 224 bytes, the same after it was encoded anew, scaled, brightened or trimmed a little. 256 bits: which of the
 * 16 x 16 lowest cosine coefficients of its grey levels (without the constant ones; after PDQ, Meta 2019) lie above their median. 192
 * numbers: 8 x 8 colours, as deviations from their mean. Null for a picture of one colour. Throws `unreadable_file`.
 */
export async function pictureSignature(bytes: Uint8Array, where = 'picture'): Promise<Uint8Array | null> {
  const rgb = await shrunkPixels(bytes, SIDE, where)
  const grey = Float64Array.from({ length: SIDE * SIDE }, (_, i) => 0.299 * (rgb[3 * i] ?? 0) + 0.587 * (rgb[3 * i + 1] ?? 0) + 0.114 * (rgb[3 * i + 2] ?? 0))
  const { least, most } = grey.reduce((span, value) => ({ least: Math.min(span.least, value), most: Math.max(span.most, value) }), { least: 255, most: 0 })
  if (most - least < FLAT) return null
  const signature = new Uint8Array(SIGNATURE_BYTES)
  signature.set(hashOf(grey))
  signature.set(new Uint8Array(coloursOf(rgb).buffer), HASH_BYTES)
  return signature
}

/** How far two signatures are apart: bits of the hash that differ (0 to 256), and 1 less the correlation of the colours (0 to 2). */
export function signatureDistance(a: Uint8Array, b: Uint8Array): { bits: number; colour: number } {
  let bits = 0
  for (let i = 0; i < HASH_BYTES; i++) for (let left = (a[i] ?? 0) ^ (b[i] ?? 0); left !== 0; left &= left - 1) bits++
  return { bits, colour: colourDistance(colours(a), 0, colours(b), 0) }
}

/** The same of colours in a longer row of them, each starting at its place. */
export function colourDistance(a: Int8Array, aFrom: number, b: Int8Array, bFrom: number): number {
  let [product, aSquares, bSquares] = [0, 0, 0]
  for (let i = 0; i < COLOUR_VALUES; i++) {
    const [p, q] = [a[aFrom + i] ?? 0, b[bFrom + i] ?? 0]
    product += p * q
    aSquares += p * p
    bSquares += q * q
  }
  return 1 - product / Math.sqrt(Math.max(1, aSquares * bSquares))
}

function colours(signature: Uint8Array): Int8Array {
  return Int8Array.from(signature.subarray(HASH_BYTES))
}

const COSINES = Float64Array.from({ length: COEFFICIENTS * SIDE }, (_, i) => {
  const [frequency, place] = [1 + Math.floor(i / SIDE), i % SIDE]
  return Math.cos((Math.PI * frequency * (2 * place + 1)) / (2 * SIDE))
})

function hashOf(grey: Float64Array): Uint8Array {
  const coefficients = cosineTransform(grey)
  const sorted = coefficients.toSorted()
  const median = ((sorted[sorted.length / 2 - 1] ?? 0) + (sorted[sorted.length / 2] ?? 0)) / 2
  const hash = new Uint8Array(HASH_BYTES)
  coefficients.forEach((value, i) => { if (value > median) hash[i >> 3] = (hash[i >> 3] ?? 0) | (1 << (i & 7)) })
  return hash
}

/** Coefficients 1 to 16 of both directions, one row a vertical frequency. */
function cosineTransform(grey: Float64Array): Float64Array {
  const out = new Float64Array(COEFFICIENTS * COEFFICIENTS)
  const column = new Float64Array(SIDE)
  for (let u = 0; u < COEFFICIENTS; u++) {
    column.fill(0)
    for (let y = 0; y < SIDE; y++) for (let x = 0; x < SIDE; x++) column[x] = (column[x] ?? 0) + (COSINES[u * SIDE + y] ?? 0) * (grey[y * SIDE + x] ?? 0)
    for (let v = 0; v < COEFFICIENTS; v++) {
      let sum = 0
      for (let x = 0; x < SIDE; x++) sum += (COSINES[v * SIDE + x] ?? 0) * (column[x] ?? 0)
      out[u * COEFFICIENTS + v] = sum
    }
  }
  return out
}

function coloursOf(rgb: Uint8Array): Int8Array {
  const cell = SIDE / COLOUR_SIDE
  const sums = new Float64Array(COLOUR_VALUES)
  rgb.forEach((value, i) => {
    const [x, y] = [Math.floor(i / 3) % SIDE, Math.floor(i / 3 / SIDE)]
    const at = (Math.floor(y / cell) * COLOUR_SIDE + Math.floor(x / cell)) * 3 + (i % 3)
    sums[at] = (sums[at] ?? 0) + value
  })
  const mean = sums.reduce((sum, value) => sum + value, 0) / COLOUR_VALUES
  const deviation = Math.sqrt(sums.reduce((sum, value) => sum + (value - mean) ** 2, 0) / COLOUR_VALUES) || 1
  return Int8Array.from(sums, (value) => Math.max(-127, Math.min(127, Math.round((STEPS * (value - mean)) / deviation))))
}
