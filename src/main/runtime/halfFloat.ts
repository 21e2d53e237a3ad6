/** IEEE half precision and bfloat16 to and from float32; typed arrays of the 16-bit patterns, little-endian hosts. */

/** The largest finite half. */
export const MAX_HALF = 65504

const bits = new Uint32Array(1)
const value = new Float32Array(bits.buffer)

let table: Float32Array | null = null

/** Value of each of the 65,536 half patterns, made at first use. */
function halfTable(): Float32Array {
  table ??= Float32Array.from({ length: 65536 }, (_, pattern) => {
    const sign = pattern & 0x8000 ? -1 : 1
    const exponent = (pattern >> 10) & 31
    const fraction = pattern & 1023
    if (exponent === 0) return sign * fraction * 2 ** -24
    if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN
    return sign * (1 + fraction / 1024) * 2 ** (exponent - 15)
  })
  return table
}

export function halfToFloat(patterns: Uint16Array): Float32Array {
  const values = halfTable()
  const out = new Float32Array(patterns.length)
  for (let i = 0; i < patterns.length; i++) out[i] = values[patterns[i] as number] as number
  return out
}

export function bfloat16ToFloat(patterns: Uint16Array): Float32Array {
  const out = new Uint32Array(patterns.length)
  for (let i = 0; i < patterns.length; i++) out[i] = (patterns[i] as number) << 16
  return new Float32Array(out.buffer)
}

/**
 * Nearest half of each float, ties to even. A finite value beyond +-65504 becomes +-65504 and is counted in `overflowed`,
 * so that a checkpoint never gains an infinity by being stored; infinities and NaN stay what they are.
 */
export function floatToHalf(values: Float32Array): { patterns: Uint16Array; overflowed: number } {
  const patterns = new Uint16Array(values.length)
  let overflowed = 0
  for (let i = 0; i < values.length; i++) {
    const x = values[i] as number
    const pattern = halfPattern(x)
    if ((pattern & 0x7fff) === 0x7c00 && Number.isFinite(x)) {
      overflowed++
      patterns[i] = (pattern & 0x8000) | 0x7bff
    } else patterns[i] = pattern
  }
  return { patterns, overflowed }
}

function halfPattern(x: number): number {
  value[0] = x
  const pattern = bits[0] as number
  const sign = (pattern >>> 16) & 0x8000
  const exponent = ((pattern >>> 23) & 255) - 112
  const fraction = pattern & 0x7fffff
  if (exponent === 143) return sign | 0x7c00 | (fraction === 0 ? 0 : 0x200)
  if (exponent >= 31) return sign | 0x7c00
  if (exponent >= 1) return sign | roundedShift((exponent << 23) | fraction, 13)
  return exponent < -10 ? sign : sign | roundedShift(fraction | 0x800000, 14 - exponent)
}

/** `bits >> shift`, rounded to the nearest, ties to even; a carry runs into the exponent as it should. */
function roundedShift(pattern: number, shift: number): number {
  const kept = pattern >>> shift
  const rest = pattern & ((1 << shift) - 1)
  const half = 1 << (shift - 1)
  return rest > half || (rest === half && (kept & 1) === 1) ? kept + 1 : kept
}
