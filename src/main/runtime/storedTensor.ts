import { closeSync, openSync, readSync } from 'node:fs'
import { SightlineError } from '#shared/domain/errors.ts'
import type { StoredData } from '#main/onnx/graph.ts'
import { ELEMENT_BYTES } from '#main/onnx/types.ts'
import { bfloat16ToFloat } from './halfFloat.ts'
import { elementCount, type HostArrays, type HostTensor } from './tensor.ts'

type StoredType = 'f16' | 'f32' | 'u8'

/** Node reads at most 2 GiB at a time. */
const PIECE = 1 << 30

/**
 * A tensor that stays in its file: every look at `data` reads it anew, from the system's file cache where memory allows. The file
 * must not change while the tensor is in use.
 */
export class StoredTensor<T extends StoredType = StoredType> implements HostTensor<T> {
  readonly dtype: T
  readonly shape: readonly number[]
  readonly #path: string
  readonly #begin: number
  readonly #bfloat: boolean

  /** `begin` is where the values start in the file, in bytes. `bfloat`: a float32 tensor stored as bfloat16, widened as it is read. */
  constructor(path: string, begin: number, dtype: T, shape: readonly number[], bfloat = false) {
    this.dtype = dtype
    this.shape = shape
    this.#path = path
    this.#begin = begin
    this.#bfloat = bfloat
  }

  /** Where the values lie, for a graph that reads them there. Throws `bad_graph` for values that are widened as they are read. */
  get place(): StoredData {
    if (this.#bfloat) throw new SightlineError('bad_graph', 'bfloat16 values are not read in place', { where: this.#path })
    return { path: this.#path, offset: this.#begin, bytes: elementCount(this.shape) * ELEMENT_BYTES[this.dtype] }
  }

  get data(): HostArrays[T] {
    const data = newData(this.dtype, elementCount(this.shape))
    this.readInto(data)
    return data
  }

  /** Reads `into.length` values from value `first` on. Throws `bad_checkpoint` when the file has become shorter. */
  readInto(into: HostArrays[T], first = 0): void {
    this.readSpans([{ first, into }])
  }

  /** Reads several stretches, opening the file once. */
  readSpans(spans: readonly { readonly first: number; readonly into: HostArrays[T] }[]): void {
    const file = openSync(this.#path, 'r')
    try {
      for (const { first, into } of spans) {
        if (this.#bfloat) {
          const patterns = new Uint16Array(into.length)
          this.#fill(file, bytesOf(patterns), this.#begin + first * 2)
          into.set(bfloat16ToFloat(patterns))
        } else this.#fill(file, bytesOf(into), this.#begin + first * into.BYTES_PER_ELEMENT)
      }
    } finally {
      closeSync(file)
    }
  }

  #fill(file: number, bytes: Uint8Array, position: number): void {
    for (let done = 0; done < bytes.length;) {
      const read = readSync(file, bytes, done, Math.min(PIECE, bytes.length - done), position + done)
      if (read === 0) throw new SightlineError('bad_checkpoint', 'The weights became shorter while they were in use', { where: this.#path })
      done += read
    }
  }
}

function bytesOf({ buffer, byteOffset, byteLength }: HostArrays[StoredType]): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength)
}

/** Room for values of a stored type. */
export function newData<T extends StoredType>(dtype: T, length: number): HostArrays[T] {
  const made: { [Type in StoredType]: () => HostArrays[Type] } = {
    f16: () => new Uint16Array(length), f32: () => new Float32Array(length), u8: () => new Uint8Array(length)
  }
  return made[dtype]()
}
