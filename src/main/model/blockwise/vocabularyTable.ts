import { halfToFloat } from '../../runtime/halfFloat.ts'
import { newData, StoredTensor } from '../../runtime/storedTensor.ts'
import type { HostArrays, HostTensor } from '../../runtime/tensor.ts'

type TableData = HostArrays['f16' | 'f32']

/** A matrix with one row per token id [vocabulary, width], of which only some rows are ever looked at together. */
export class VocabularyTable {
  readonly size: number
  readonly width: number
  readonly dtype: 'f16' | 'f32'
  readonly #tensor: HostTensor
  /** Rows last read from a file; the next ones take their place. */
  #room: TableData | null = null

  constructor(tensor: HostTensor) {
    this.#tensor = tensor
    this.size = tensor.shape[0] ?? 0
    this.width = tensor.shape[1] ?? 0
    this.dtype = tensor.dtype === 'f16' ? 'f16' : 'f32'
  }

  /** Rows `first` to `first + count` as they are stored [count, width]; of a table in a file, good until the next call. */
  rows(first: number, count: number): HostTensor {
    const [from, length] = [first * this.width, count * this.width]
    const shape = [count, this.width]
    if (!(this.#tensor instanceof StoredTensor)) return { dtype: this.dtype, shape, data: (this.#tensor.data as TableData).subarray(from, from + length) }
    if (this.#room === null || this.#room.length < length) this.#room = newData(this.dtype, length)
    const data = this.#room.subarray(0, length)
    this.#tensor.readInto(data, from)
    return { dtype: this.dtype, shape, data }
  }

  /** Gives the memory of rows from a file back. */
  close(): void {
    this.#room = null
  }

  /** The rows of some ids, as float32. */
  lookUp(ids: Iterable<number>): Map<number, Float32Array> {
    const found = new Map<number, TableData>()
    for (const id of ids) if (!found.has(id)) found.set(id, this.#place(id))
    if (this.#tensor instanceof StoredTensor) this.#tensor.readSpans([...found].map(([id, into]) => ({ first: id * this.width, into })))
    return new Map([...found].map(([id, row]) => [id, row instanceof Uint16Array ? halfToFloat(row) : row]))
  }

  #place(id: number): TableData {
    if (this.#tensor instanceof StoredTensor) return newData(this.dtype, this.width)
    return (this.#tensor.data as TableData).subarray(id * this.width, (id + 1) * this.width)
  }
}
