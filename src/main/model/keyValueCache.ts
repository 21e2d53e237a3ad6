import { floats, type HostTensor } from '../runtime/tensor.ts'
import type { TextConfig } from './config.ts'

/** Places are allocated in steps of this many. */
const STEP = 64

/** Keys and values of one sequence: per layer and kind [kvHeads, capacity, headDim], `length` places in use. */
export class SequenceCache {
  length = 0
  #capacity = 0
  readonly #text: TextConfig
  readonly #data: Float32Array[]

  constructor(text: TextConfig) {
    this.#text = text
    this.#data = Array.from({ length: 2 * text.layers }, () => new Float32Array(0))
  }

  copy(): SequenceCache {
    const twin = new SequenceCache(this.#text)
    twin.length = this.length
    twin.#capacity = this.#capacity
    this.#data.forEach((data, i) => {
      twin.#data[i] = data.slice()
    })
    return twin
  }

  /** Appends `count` places from rows [kvHeads, stride, headDim] that start at `offset` of the source, for all layers. */
  append(sources: readonly Float32Array[], offset: number, stride: number, first: number, count: number): void {
    this.#reserve(this.length + count)
    const { kvHeads, headDim } = this.#text
    sources.forEach((source, i) => {
      for (let head = 0; head < kvHeads; head++) {
        const from = offset + (head * stride + first) * headDim
        this.#data[i]?.set(source.subarray(from, from + count * headDim), (head * this.#capacity + this.length) * headDim)
      }
    })
    this.length += count
  }

  /** Copies layer-kind `i` into a batch buffer [kvHeads, places, headDim] that starts at `offset`. */
  copyTo(i: number, buffer: Float32Array, offset: number, places: number): void {
    const { kvHeads, headDim } = this.#text
    const data = this.#data[i] as Float32Array
    for (let head = 0; head < kvHeads; head++) {
      const from = head * this.#capacity * headDim
      buffer.set(data.subarray(from, from + this.length * headDim), offset + head * places * headDim)
    }
  }

  #reserve(length: number): void {
    if (length <= this.#capacity) return
    const capacity = Math.ceil(Math.max(length, 1.5 * this.#capacity) / STEP) * STEP
    const { kvHeads, headDim } = this.#text
    this.#data.forEach((_, i) => {
      const grown = new Float32Array(kvHeads * capacity * headDim)
      this.copyTo(i, grown, 0, capacity)
      this.#data[i] = grown
    })
    this.#capacity = capacity
  }
}

/** The caches of several sequences side by side as graph inputs [B, kvHeads, places, headDim]; rows beyond a length are never read. */
export class BatchCache {
  readonly places: number
  /** Per layer: keys, then values. */
  readonly tensors: readonly HostTensor<'f32'>[]
  /** Places in use of each sequence, those taken since the start included. */
  readonly lengths: Int32Array
  readonly #starts: Int32Array
  readonly #text: TextConfig

  /** Room for at least `room` more places a sequence. */
  constructor(text: TextConfig, sequences: readonly SequenceCache[], room: number) {
    this.#text = text
    this.lengths = Int32Array.from(sequences, ({ length }) => length)
    this.#starts = this.lengths.slice()
    // At least one place, never read: an empty cache would make shapes with zero elements.
    this.places = Math.max(1, Math.ceil((Math.max(...this.lengths) + room) / STEP) * STEP)
    const size = text.kvHeads * this.places * text.headDim
    this.tensors = Array.from({ length: 2 * text.layers }, (_, i) => {
      const tensor = floats([sequences.length, text.kvHeads, this.places, text.headDim])
      sequences.forEach((sequence, b) => sequence.copyTo(i, tensor.data, b * size, this.places))
      return tensor
    })
  }

  get full(): boolean {
    return this.lengths.some((length) => length >= this.places)
  }

  /** Writes the first `count` of `stride` new places of sequence `b` from rows [B, kvHeads, stride, headDim] per layer and kind. */
  push(b: number, rows: readonly Float32Array[], stride: number, count: number): void {
    const { kvHeads, headDim } = this.#text
    const length = this.lengths[b] as number
    const size = count * headDim
    rows.forEach((row, i) => {
      const data = this.tensors[i]?.data as Float32Array
      for (let head = 0; head < kvHeads; head++) {
        const to = ((b * kvHeads + head) * this.places + length) * headDim
        const from = (b * kvHeads + head) * stride * headDim
        for (let d = 0; d < size; d++) data[to + d] = row[from + d] as number
      }
    })
    this.lengths[b] = length + count
  }

  /** Gives each sequence the places taken since the start. */
  returnTo(sequences: readonly SequenceCache[]): void {
    const size = this.#text.kvHeads * this.places * this.#text.headDim
    sequences.forEach((sequence, b) => {
      const [start, end] = [this.#starts[b] as number, this.lengths[b] as number]
      if (end > start) sequence.append(this.tensors.map(({ data }) => data), b * size, this.places, start, end - start)
      this.#starts[b] = end
    })
  }
}
