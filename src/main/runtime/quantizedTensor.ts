import { halfToFloat } from './halfFloat.ts'
import { elementCount, type HostTensor } from './tensor.ts'

/** The three tensors that hold a matrix [out, in] in 4 bits (onnx/build/quantized.ts), in memory or in their file. */
export interface QuantizedParts {
  /** [out, in / 32, 16] */
  readonly packed: HostTensor<'u8'>
  /** [out, in / 32] */
  readonly scales: HostTensor<'f16'>
  /** [out, in / 64] */
  readonly zeroPoints: HostTensor<'u8'>
}

const BLOCK_BYTES = 16

/** A matrix [out, in] kept in 4 bits a value; every look at `data` makes it anew as float32. */
export class QuantizedTensor implements HostTensor<'f32'> {
  readonly dtype = 'f32'
  readonly shape: readonly number[]
  readonly parts: QuantizedParts

  constructor(shape: readonly number[], parts: QuantizedParts) {
    this.shape = shape
    this.parts = parts
  }

  get data(): Float32Array {
    const out = new Float32Array(elementCount(this.shape))
    this.readInto(out)
    return out
  }

  /** Makes the values in memory that is there already. */
  readInto(out: Float32Array): void {
    const { packed, scales, zeroPoints } = this.parts
    dequantizeInto(out, packed.data, halfToFloat(scales.data), zeroPoints.data)
  }
}

/** Blocks of 32 values from their halves of bytes: (q - zero) scale. */
export function dequantizeInto(out: Float32Array, packed: Uint8Array, scales: Float32Array, zeroPoints: Uint8Array): void {
  for (let block = 0; block < scales.length; block++) {
    const scale = scales[block] as number
    const zero = ((zeroPoints[block >> 1] as number) >> ((block & 1) * 4)) & 15
    const first = block * BLOCK_BYTES
    for (let byte = first; byte < first + BLOCK_BYTES; byte++) {
      const pair = packed[byte] as number
      out[2 * byte] = ((pair & 15) - zero) * scale
      out[2 * byte + 1] = ((pair >> 4) - zero) * scale
    }
  }
}
