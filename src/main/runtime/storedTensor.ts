import { closeSync, openSync, readSync } from 'node:fs'
import { SightlineError } from '#shared/domain/errors.ts'
import { elementCount, type HostArrays, type HostTensor } from './tensor.ts'

type StoredType = 'f16' | 'f32'

/** Node reads at most 2 GiB at a time. */
const PIECE = 1 << 30

/**
 * A tensor that stays in its file: every look at `data` reads it anew, from the system's file cache where memory allows. The file
 * must not change while the tensor is in use.
 */
export class StoredTensor implements HostTensor<StoredType> {
  readonly dtype: StoredType
  readonly shape: readonly number[]
  readonly #path: string
  readonly #begin: number

  /** `begin` is where the values start in the file, in bytes. */
  constructor(path: string, begin: number, dtype: StoredType, shape: readonly number[]) {
    this.dtype = dtype
    this.shape = shape
    this.#path = path
    this.#begin = begin
  }

  get data(): HostArrays[StoredType] {
    const data = newData(this.dtype, elementCount(this.shape))
    this.readInto(data)
    return data
  }

  /** Reads `into.length` values from value `first` on. Throws `bad_checkpoint` when the file has become shorter. */
  readInto(into: HostArrays[StoredType], first = 0): void {
    this.readSpans([{ first, into }])
  }

  /** Reads several stretches, opening the file once. */
  readSpans(spans: readonly { readonly first: number; readonly into: HostArrays[StoredType] }[]): void {
    const file = openSync(this.#path, 'r')
    try {
      for (const { first, into } of spans) {
        const bytes = new Uint8Array(into.buffer, into.byteOffset, into.byteLength)
        this.#fill(file, bytes, this.#begin + first * into.BYTES_PER_ELEMENT)
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

/** Room for values of a stored type. */
export function newData(dtype: StoredType, length: number): HostArrays[StoredType] {
  return dtype === 'f16' ? new Uint16Array(length) : new Float32Array(length)
}
