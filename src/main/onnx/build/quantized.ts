import { dimAt, product } from '../dims.ts'
import type { Value } from '../graph.ts'
import { add } from './elementwise.ts'
import { reshape, rowsOf } from './layout.ts'

/** Values of a row that share a scale and a zero point. */
export const BLOCK_VALUES = 32

/** A matrix [out, in] in 4 bits: (q - zero) scale for each q in 0 to 15, the even values of a row in the low halves of its bytes. */
export interface QuantizedMatrix {
  /** [out, in / 32, 16] */
  readonly packed: Value
  /** [out, in / 32] */
  readonly scales: Value
  /** [out, in / 64], two to a byte */
  readonly zeroPoints: Value
}

/** x [..., in] times the transpose of a matrix in 4 bits plus bias [out]: `linear` without the matrix in floats. */
export function quantizedLinear(x: Value, { packed, scales, zeroPoints }: QuantizedMatrix, bias?: Value): Value {
  const [out, width] = [Number(dimAt(packed.shape, 0)), BLOCK_VALUES * Number(dimAt(packed.shape, 1))]
  const attributes = {
    K: { int: width }, N: { int: out }, bits: { int: 4 }, block_size: { int: BLOCK_VALUES },
    // 1 is float32; left open, a device may round x to 8 bits.
    accuracy_level: { int: 1 }
  }
  const rows = x.graph.one('MatMulNBits', [rowsOf(x), packed, scales, zeroPoints], { attributes })
  return reshape(bias ? add(rows, bias) : rows, [...x.shape.slice(0, -1), out])
}

/** The matrix [out, in] in the type of its scales. */
export function dequantized({ packed, scales, zeroPoints }: QuantizedMatrix): Value {
  const out = Number(dimAt(packed.shape, 0))
  const bytes = reshape(packed, [out, product(packed.shape.slice(1))])
  const everyRow = packed.graph.constant(`rows:${out}`, 'i64', [out], () => BigInt64Array.from({ length: out }, (_, row) => BigInt(row)))
  const attributes = { bits: { int: 4 }, block_size: { int: BLOCK_VALUES }, gather_axis: { int: 0 }, quantize_axis: { int: 1 } }
  return packed.graph.one('GatherBlockQuantized', [bytes, everyRow, scales, zeroPoints], { attributes })
}
