import { floatToHalf, halfToFloat } from '../runtime/halfFloat.ts'
import { dequantizeInto } from '../runtime/quantizedTensor.ts'
import { BLOCK_VALUES } from '#main/onnx/build/quantized.ts'

/** A matrix in 4 bits as it is stored, and what that lost. */
export interface QuantizedMatrixData {
  readonly packed: Uint8Array
  /** float16 patterns */
  readonly scales: Uint16Array
  readonly zeroPoints: Uint8Array
  /** Sums of squares over all values: of the errors, and of the values themselves. */
  readonly errorSquares: number
  readonly squares: number
  readonly largestError: number
}

const LEVELS = 15
/** Shares of a block's range that its levels are spread over; what lies outside is clipped. */
const RANGES = [1, 0.9]

/** Columns a matrix must have a multiple of: zero points lie two to a byte. */
export const COLUMN_MULTIPLE = 2 * BLOCK_VALUES

/**
 * Rounds values to 4 bits in blocks of 32 with a scale and a zero point each (asymmetric, as MatMulNBits of onnxruntime reads them). Of a few
 * clipped ranges, each with the scale fitted to the levels it gives, a block takes the one with the smallest squared error. `values` are whole rows of a multiple of 64 columns.
 */
export function quantizeMatrix(values: Float32Array): QuantizedMatrixData {
  const blocks = values.length / BLOCK_VALUES
  const chosen = { scales: new Float32Array(blocks), zeros: new Uint8Array(blocks) }
  for (let block = 0; block < blocks; block++) chooseLevels(values, block, chosen)
  const scales = floatToHalf(chosen.scales).patterns
  const exact = halfToFloat(scales)
  const packed = new Uint8Array(values.length / 2)
  const zeroPoints = new Uint8Array(blocks / 2)
  for (let block = 0; block < blocks; block++) {
    const zero = chosen.zeros[block] as number
    zeroPoints[block >> 1] = (zeroPoints[block >> 1] as number) | (zero << ((block & 1) * 4))
    const inverse = inverseOf(exact[block] as number)
    for (let i = block * BLOCK_VALUES; i < (block + 1) * BLOCK_VALUES; i += 2) {
      packed[i >> 1] = level(values[i] as number, inverse, zero) | (level(values[i + 1] as number, inverse, zero) << 4)
    }
  }
  const rounded = new Float32Array(values.length)
  dequantizeInto(rounded, packed, exact, zeroPoints)
  return { packed, scales, zeroPoints, ...losses(values, rounded) }
}

/** The range of a block, zero in it, cut to the share that loses least; the scale before it is rounded to float16. */
function chooseLevels(values: Float32Array, block: number, into: { scales: Float32Array; zeros: Uint8Array }): void {
  const [first, end] = [block * BLOCK_VALUES, (block + 1) * BLOCK_VALUES]
  let [low, high] = [0, 0]
  for (let i = first; i < end; i++) {
    const value = values[i] as number
    if (value < low) low = value
    if (value > high) high = value
  }
  let least = Infinity
  for (const range of RANGES) {
    const zero = Math.max(0, Math.min(LEVELS, Math.round((-LEVELS * low) / (high - low || 1))))
    const scale = fittedScale(values, first, (range * (high - low)) / LEVELS, zero)
    const inverse = inverseOf(scale)
    let squares = 0
    for (let i = first; i < end; i++) {
      const value = values[i] as number
      const error = (level(value, inverse, zero) - zero) * scale - value
      squares += error * error
    }
    if (squares >= least) continue
    least = squares
    into.scales[block] = scale
    into.zeros[block] = zero
  }
}

/** The scale with the smallest squared error for the levels that a scale gives a block. */
function fittedScale(values: Float32Array, first: number, scale: number, zero: number): number {
  const inverse = inverseOf(scale)
  let [product, squares] = [0, 0]
  for (let i = first; i < first + BLOCK_VALUES; i++) {
    const value = values[i] as number
    const steps = level(value, inverse, zero) - zero
    product += value * steps
    squares += steps * steps
  }
  return squares === 0 ? 0 : product / squares
}

function level(value: number, inverse: number, zero: number): number {
  const place = value * inverse + zero + 0.5
  return place <= 0 ? 0 : place >= LEVELS ? LEVELS : place | 0
}

function inverseOf(scale: number): number {
  return scale === 0 ? 0 : 1 / scale
}

function losses(values: Float32Array, rounded: Float32Array): Pick<QuantizedMatrixData, 'errorSquares' | 'squares' | 'largestError'> {
  let [errorSquares, squares, largestError] = [0, 0, 0]
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number
    const error = (rounded[i] as number) - value
    errorSquares += error * error
    squares += value * value
    largestError = Math.max(largestError, Math.abs(error))
  }
  return { errorSquares, squares, largestError }
}
