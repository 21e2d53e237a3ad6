import type { RawImage } from '../image/rawImage.ts'

/**
 * Pillow's antialiased bicubic resize (libImaging/Resample.c, 8 bits a channel), bit for bit: coefficients in double
 * precision, normalised, then rounded to 22-bit fixed point; a horizontal pass to 8 bits, then a vertical one: the order of
 * Pillow up to 12, with which the released models were made. Pillow 13 goes vertical first where that is cheaper.
 */
const PRECISION_BITS = 32 - 8 - 2
const HALF = 1 << (PRECISION_BITS - 1)
/** Support of the cubic kernel in source pixels at scale 1. */
const SUPPORT = 2

/** Keys' cubic kernel with a = -0.5, in the order of operations Pillow uses. */
function cubic(x: number): number {
  const a = -0.5
  const t = Math.abs(x)
  if (t < 1) return ((a + 2) * t - (a + 3)) * t * t + 1
  if (t < 2) return (((t - 5) * t + 8) * t - 4) * a
  return 0
}

interface Coefficients {
  /** Most source samples one output sample reads; the row length of `weights`. */
  readonly size: number
  /** First source sample of each output sample. */
  readonly first: Int32Array
  /** Number of source samples of each output sample. */
  readonly count: Int32Array
  /** Fixed-point weights, `size` per output sample. */
  readonly weights: Int32Array
}

function coefficients(from: number, to: number): Coefficients {
  const scale = from / to
  const filterScale = Math.max(scale, 1)
  const support = SUPPORT * filterScale
  const size = Math.ceil(support) * 2 + 1
  const first = new Int32Array(to)
  const count = new Int32Array(to)
  const weights = new Int32Array(to * size)
  const row = new Float64Array(size)
  const inverse = 1 / filterScale
  for (let out = 0; out < to; out++) {
    const centre = (out + 0.5) * scale
    const low = Math.max(0, Math.trunc(centre - support + 0.5))
    const taps = Math.min(from, Math.trunc(centre + support + 0.5)) - low
    let sum = 0
    for (let i = 0; i < taps; i++) {
      const weight = cubic((i + low - centre + 0.5) * inverse)
      row[i] = weight
      sum += weight
    }
    for (let i = 0; i < taps; i++) {
      const weight = sum === 0 ? row[i] ?? 0 : (row[i] ?? 0) / sum
      weights[out * size + i] = Math.trunc((weight < 0 ? -0.5 : 0.5) + weight * (1 << PRECISION_BITS))
    }
    first[out] = low
    count[out] = taps
  }
  return { size, first, count, weights }
}

type Pixels = Uint8Array | Uint8ClampedArray

/** `>>` floors like C's arithmetic shift; the store into a clamped array is Pillow's clip8. */
function horizontal(data: Pixels, width: number, height: number, to: number): Uint8ClampedArray {
  const { size, first, count, weights } = coefficients(width, to)
  const out = new Uint8ClampedArray(to * height * 3)
  for (let y = 0; y < height; y++) {
    const rowStart = y * width * 3
    let target = y * to * 3
    for (let x = 0; x < to; x++, target += 3) {
      let red = HALF
      let green = HALF
      let blue = HALF
      let source = rowStart + (first[x] as number) * 3
      const start = x * size
      const end = start + (count[x] as number)
      for (let k = start; k < end; k++, source += 3) {
        const weight = weights[k] as number
        red += (data[source] as number) * weight
        green += (data[source + 1] as number) * weight
        blue += (data[source + 2] as number) * weight
      }
      out[target] = red >> PRECISION_BITS
      out[target + 1] = green >> PRECISION_BITS
      out[target + 2] = blue >> PRECISION_BITS
    }
  }
  return out
}

function vertical(data: Pixels, width: number, height: number, to: number): Uint8ClampedArray {
  const { size, first, count, weights } = coefficients(height, to)
  const stride = width * 3
  const out = new Uint8ClampedArray(stride * to)
  const sums = new Int32Array(stride)
  for (let y = 0; y < to; y++) {
    sums.fill(HALF)
    const taps = count[y] as number
    for (let k = 0; k < taps; k++) {
      const weight = weights[y * size + k] as number
      const rowStart = ((first[y] as number) + k) * stride
      for (let i = 0; i < stride; i++) sums[i] = (sums[i] as number) + (data[rowStart + i] as number) * weight
    }
    const target = y * stride
    for (let i = 0; i < stride; i++) out[target + i] = (sums[i] as number) >> PRECISION_BITS
  }
  return out
}

/** Which pass runs first: the result of each is rounded and clipped to 8 bits, so that hard edges come out differently (docs/decisions/0009). */
export type PassOrder = 'horizontal' | 'vertical'

/** `image` resized to `width` x `height`; equal sides skip their pass, as in Pillow. Returns a new picture. */
export function resizeBicubic(image: RawImage, width: number, height: number, order: PassOrder = 'horizontal'): RawImage {
  const across = (data: Pixels, rows: number): Pixels => (width === image.width ? data : horizontal(data, image.width, rows, width))
  const down = (data: Pixels, columns: number): Pixels => (height === image.height ? data : vertical(data, columns, image.height, height))
  const data = order === 'horizontal' ? down(across(image.data, image.height), width) : across(down(image.data, image.width), height)
  return { width, height, data: data === image.data ? image.data.slice() : new Uint8Array(data.buffer, data.byteOffset, data.length) }
}
