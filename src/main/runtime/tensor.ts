import { SightlineError } from '#shared/domain/errors.ts'

/** Arrays a tensor in host memory may hold, by element type; float16 as its bit patterns. */
export interface HostArrays {
  f32: Float32Array
  f16: Uint16Array
  f64: Float64Array
  i32: Int32Array
  i64: BigInt64Array
  u8: Uint8Array
  bool: Uint8Array
}

export type HostType = keyof HostArrays

/** A tensor in host memory: row-major data and its shape. */
export interface HostTensor<T extends HostType = HostType> {
  readonly dtype: T
  readonly shape: readonly number[]
  readonly data: HostArrays[T]
}

export function tensor<T extends HostType>(dtype: T, shape: readonly number[], data: HostArrays[T]): HostTensor<T> {
  if (elementCount(shape) !== data.length) {
    throw new SightlineError('bad_graph', `tensor [${shape.join(', ')}] needs ${elementCount(shape)} elements, got ${data.length}`)
  }
  return { dtype, shape, data }
}

export function floats(shape: readonly number[], data: Float32Array = new Float32Array(elementCount(shape))): HostTensor<'f32'> {
  return tensor('f32', shape, data)
}

/** An int64 tensor from ordinary numbers. */
export function indices(shape: readonly number[], values: ArrayLike<number>): HostTensor<'i64'> {
  const data = new BigInt64Array(values.length)
  for (let i = 0; i < values.length; i++) data[i] = BigInt(values[i] ?? 0)
  return tensor('i64', shape, data)
}

export function elementCount(shape: readonly number[]): number {
  return shape.reduce((count, size) => count * size, 1)
}

/** The data as float32, or an error naming the tensor. */
export function floatData(values: ReadonlyMap<string, HostTensor>, name: string): Float32Array {
  const value = values.get(name)
  if (value?.data instanceof Float32Array) return value.data
  throw new SightlineError('bad_graph', value ? `${name} is ${value.dtype}, not f32` : `there is no tensor ${name}`)
}
