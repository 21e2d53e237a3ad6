import { floats, type HostTensor } from '../runtime/tensor.ts'
import type { TextConfig } from './config.ts'
import type { SequenceKeys } from './generation.ts'

/** Places are allocated in steps of this many. */
const STEP = 64
/** A batch gives places up when it needs less than this share of them: attention reads them all. */
const LEAST_SHARE = 0.75

/** Keys and values of one sequence: per layer and kind [kvHeads, capacity, headDim], `length` places in use. */
export class SequenceCache implements SequenceKeys {
  length = 0
  #capacity = 0
  readonly #text: TextConfig
  readonly #data: Float32Array[]

  constructor(text: TextConfig) {
    this.#text = text
    this.#data = Array.from({ length: 2 * text.layers }, () => new Float32Array(0))
  }

  /** A cache of its own with the first `length` places. */
  copy(length = this.length): SequenceCache {
    const twin = new SequenceCache(this.#text)
    const { kvHeads, headDim } = this.#text
    twin.#reserve(length)
    twin.length = length
    this.#data.forEach((data, i) => {
      for (let head = 0; head < kvHeads; head++) {
        const from = head * this.#capacity * headDim
        twin.#data[i]?.set(data.subarray(from, from + length * headDim), head * twin.#capacity * headDim)
      }
    })
    return twin
  }

  /** Host memory goes with the object. */
  release(): void {}

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

/**
 * The caches of several sequences side by side as graph inputs [B, kvHeads, places, headDim]; what lies beyond a sequence's length does
 * not count. Sequences come and go: the others stay where they are, but for the last one, which fills a gap.
 */
export class BatchCache {
  /** Places of every sequence. */
  places = 1
  /** Places in use of each sequence, those taken since it came included. */
  readonly lengths: number[] = []
  readonly #text: TextConfig
  readonly #sequences: SequenceCache[] = []
  /** Per layer: keys, then values; with room behind what is in use. */
  #buffers: Float32Array[]
  #tensors: HostTensor<'f32'>[] | null = null

  constructor(text: TextConfig) {
    this.#text = text
    this.#buffers = Array.from({ length: 2 * text.layers }, () => new Float32Array(0))
  }

  /** Per layer: keys, then values. To be asked for anew after every change but `push`. */
  get tensors(): readonly HostTensor<'f32'>[] {
    const { kvHeads, headDim } = this.#text
    const shape = [this.lengths.length, kvHeads, this.places, headDim]
    this.#tensors ??= this.#buffers.map((buffer) => floats(shape, buffer.subarray(0, this.lengths.length * this.#slot)))
    return this.#tensors
  }

  /** Puts sequences behind those that are here. */
  enter(sequences: readonly SequenceCache[]): void {
    const first = this.lengths.length
    this.lengths.push(...sequences.map(({ length }) => length))
    this.#sequences.push(...sequences)
    this.#layOut(Math.max(this.places, steps(Math.max(...this.lengths))), first)
    sequences.forEach((sequence, k) => {
      this.#buffers.forEach((buffer, i) => { sequence.copyTo(i, buffer, (first + k) * this.#slot, this.places) })
    })
  }

  /** Makes sure that every sequence can take `count` more places, and that few of the places are idle. */
  reserve(count: number): void {
    const places = steps(Math.max(0, ...this.lengths) + count)
    if (places > this.places || places < LEAST_SHARE * this.places) this.#layOut(places, this.lengths.length)
  }

  /** Writes the first `count` of `stride` new places of sequence `b` from rows [B, kvHeads, stride, headDim] per layer and kind. */
  push(b: number, rows: readonly Float32Array[], stride: number, count: number): void {
    const { kvHeads, headDim } = this.#text
    const length = this.lengths[b] as number
    const size = count * headDim
    rows.forEach((row, i) => {
      const data = this.#buffers[i] as Float32Array
      for (let head = 0; head < kvHeads; head++) {
        const to = ((b * kvHeads + head) * this.places + length) * headDim
        const from = (b * kvHeads + head) * stride * headDim
        for (let d = 0; d < size; d++) data[to + d] = row[from + d] as number
      }
    })
    this.lengths[b] = length + count
  }

  /** Gives sequence `b` the places it took here and lets it go; the last sequence takes its number. */
  leave(b: number): void {
    const sequence = this.#sequences[b] as SequenceCache
    const [start, end] = [sequence.length, this.lengths[b] as number]
    if (end > start) sequence.append(this.#buffers, b * this.#slot, this.places, start, end - start)
    const last = this.lengths.length - 1
    if (b < last) {
      for (const buffer of this.#buffers) buffer.copyWithin(b * this.#slot, last * this.#slot, (last + 1) * this.#slot)
      this.lengths[b] = this.lengths[last] as number
      this.#sequences[b] = this.#sequences[last] as SequenceCache
    }
    this.lengths.pop()
    this.#sequences.pop()
    this.#tensors = null
  }

  /** Numbers it has room for. */
  get capacity(): number {
    return this.#buffers.reduce((sum, { length }) => sum + length, 0)
  }

  /** Lets all sequences go as they came. */
  clear(): void {
    this.lengths.length = 0
    this.#sequences.length = 0
    this.#tensors = null
    this.places = 1
  }

  /** Elements of one sequence. */
  get #slot(): number {
    return this.#text.kvHeads * this.places * this.#text.headDim
  }

  /** Gives every sequence `places` places; the first `kept` sequences are moved there. */
  #layOut(places: number, kept: number): void {
    const { kvHeads, headDim } = this.#text
    const [before, after] = [this.places * headDim, places * headDim]
    const needed = this.lengths.length * kvHeads * after
    this.#buffers = this.#buffers.map((buffer) => {
      const target = needed <= buffer.length ? buffer : new Float32Array(Math.ceil(1.5 * needed))
      if (target === buffer && before === after) return buffer
      const blocks = Array.from({ length: kept * kvHeads }, (_, block) => block)
      // In place a block must not be written over before it has moved.
      for (const block of after > before ? blocks.reverse() : blocks) {
        const size = (this.lengths[Math.floor(block / kvHeads)] as number) * headDim
        if (target === buffer) buffer.copyWithin(block * after, block * before, block * before + size)
        else target.set(buffer.subarray(block * before, block * before + size), block * after)
      }
      return target
    })
    this.places = places
    this.#tensors = null
  }
}

/** At least one place, never read: an empty cache would make shapes with zero elements. */
function steps(places: number): number {
  return Math.max(1, Math.ceil(places / STEP) * STEP)
}
