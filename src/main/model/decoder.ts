import { SightlineError } from '#shared/domain/errors.ts'
import { Graph } from '#main/onnx/graph.ts'
import type { Session } from '../runtime/session.ts'
import { floatData, floats, type HostTensor, indices } from '../runtime/tensor.ts'
import { decodeBias, embeddingFeeds, prefillBias } from './decoderFeeds.ts'
import { extendGraph, newName, pastName } from './extendGraph.ts'
import { type Positions, RotaryTable, tokenPositions } from './families/positions.ts'
import { type Generated, type GenerateRequest, type GenerateRule, type Sequence, Writer } from './generation.ts'
import { ImageEncoder } from './imageEncoder.ts'
import { BatchCache, SequenceCache } from './keyValueCache.ts'
import type { PatchedImage } from './patches.ts'
import type { VisionLanguageModel } from './visionLanguageModel.ts'
import { weightInputs } from './weights.ts'

/** Padded new tokens of one prefill run. */
const PREFILL_TOKENS = 8192
/** Places a batch cache gains before it is laid out anew. */
const ROOM = 64

export interface ExtendRequest {
  readonly sequence: number
  readonly ids: ArrayLike<number>
  /** In the order of the runs of image placeholders in `ids`. */
  readonly images: readonly PatchedImage[]
}

/**
 * Cached generation for many sequences that live across turns: `open`, `extend` with ids and images, `generate` until a stop id, extend
 * with the next observation, and so on. Token-in token-out. The cache belongs to the weights it was made with: after a training step
 * open new sequences.
 */
export class Decoder {
  readonly #model: VisionLanguageModel
  readonly #rotary: RotaryTable
  readonly #images: ImageEncoder
  readonly #noFeatures: HostTensor
  readonly #sequences = new Map<number, Sequence>()
  #opened = 0

  constructor(model: VisionLanguageModel) {
    const { text } = model.config
    this.#model = model
    this.#rotary = new RotaryTable(text.headDim, text.ropeTheta, text.mropeSection)
    this.#images = new ImageEncoder(model)
    this.#noFeatures = floats([1, text.hiddenSize])
  }

  /** Starts an empty sequence and returns its number. */
  open(): number {
    const number = this.#opened++
    this.#sequences.set(number, { cache: new SequenceCache(this.#model.config.text), next: 0, pending: [], logits: null })
    return number
  }

  /** A new sequence with a copy of this one's state: a group of rollouts prefills its prompt once. */
  fork(sequence: number): number {
    const { cache, next, pending, logits } = this.#at(sequence)
    const number = this.#opened++
    this.#sequences.set(number, { cache: cache.copy(), next, pending: [...pending], logits })
    return number
  }

  /** Forgets a sequence. Unknown numbers are ignored. */
  close(sequence: number): void {
    this.#sequences.delete(sequence)
  }

  /** Tokens of a sequence so far, prompts and images included. */
  length(sequence: number): number {
    const { cache, pending } = this.#at(sequence)
    return cache.length + pending.length
  }

  /** Logits [vocabulary] for the token after the sequence's last one; null before the first extend. */
  logits(sequence: number): Float32Array | null {
    return this.#at(sequence).logits
  }

  /** Reads new tokens into the sequences (each at most once a call), in as few runs as memory allows. */
  async extend(requests: readonly ExtendRequest[]): Promise<void> {
    const features = await this.#images.encode(requests.flatMap((request) => request.images))
    const session = await this.#session()
    const order = [...requests].sort((a, b) => b.ids.length - a.ids.length)
    for (let from = 0; from < order.length; ) {
      const width = (order[from]?.ids.length ?? 0) + 1
      const count = Math.max(1, Math.floor(PREFILL_TOKENS / width))
      await this.#prefill(session, order.slice(from, from + count), features)
      from += count
    }
  }

  /** Draws tokens for the sequences until each has drawn a stop id or its limit; results in the order of the requests. */
  async generate(requests: readonly GenerateRequest[], rule: GenerateRule): Promise<Generated[]> {
    await this.extend(requests.flatMap(({ sequence }) => (this.#at(sequence).pending.length > 0 ? [{ sequence, ids: [], images: [] }] : [])))
    const session = await this.#session()
    const writers = requests.map((request) => new Writer(request, this.#at(request.sequence), rule))
    let active = writers.filter((writer) => writer.draw())
    while (active.length > 0) active = await this.#decodeBatch(session, active)
    return writers.map((writer) => writer.result())
  }

  /**
   * Decodes until the batch should be laid out anew: its cache is full or a quarter of it has finished (those places idle until
   * then). Returns the writers that go on.
   */
  async #decodeBatch(session: Session, writers: readonly Writer[]): Promise<Writer[]> {
    const caches = writers.map(({ sequence }) => sequence.cache)
    const cache = new BatchCache(this.#model.config.text, caches, ROOM)
    const bias = decodeBias(cache)
    const running: (Writer | null)[] = [...writers]
    const least = Math.ceil(writers.length * 0.75)
    let count = writers.length
    while (count >= Math.max(least, 1) && !cache.full) {
      await this.#decode(session, running.map((writer) => writer?.sequence ?? null), cache, bias)
      running.forEach((writer, b) => {
        if (!writer || writer.draw()) return
        running[b] = null
        count--
      })
    }
    cache.returnTo(caches)
    return running.filter((writer) => writer !== null)
  }

  async #prefill(session: Session, requests: readonly ExtendRequest[], features: ReadonlyMap<PatchedImage, Float32Array>): Promise<void> {
    const { text, ids: special, vision } = this.#model.config
    const sequences = requests.map(({ sequence }) => this.#at(sequence))
    const ids = requests.map((request, b) => [...(sequences[b]?.pending ?? []), ...Array.from(request.ids)])
    const width = Math.max(...ids.map((row) => row.length))
    const cache = new BatchCache(text, sequences.map((sequence) => sequence.cache), 0)
    const [cos, sin] = [floats([ids.length * width, text.headDim / 2]), floats([ids.length * width, text.headDim / 2])]
    const positions = ids.map((row, b) => {
      const grids = (requests[b]?.images ?? []).map((image) => image.grid)
      const found = tokenPositions(row, grids, { imagePad: special.imagePad, mergeSize: vision.mergeSize }, sequences[b]?.next ?? 0)
      this.#rotary.write(found, cos.data, sin.data, b * width)
      return found
    })
    const feeds = new Map<string, HostTensor>([
      ['cos', cos], ['sin', sin], ['bias', prefillBias(cache, width)],
      ...embeddingFeeds(ids, requests.map(({ images }) => images), width, features, this.#model.config),
      ['last', indices([ids.length], ids.map((row, b) => b * width + row.length - 1))]
    ])
    const { logits, rows } = await this.#run(session, feeds, cache)
    const size = text.kvHeads * width * text.headDim
    sequences.forEach((sequence, b) => {
      const row = ids[b] as number[]
      sequence.cache.append(rows, b * size, width, 0, row.length)
      sequence.next = (positions[b] as Positions).next
      sequence.pending = []
      sequence.logits = logits.slice(b * text.vocabSize, (b + 1) * text.vocabSize)
    })
  }

  /** One token of every sequence of the batch (null: an idle place): the pending one goes in, new logits come out. */
  async #decode(session: Session, sequences: readonly (Sequence | null)[], cache: BatchCache, bias: HostTensor<'f32'>): Promise<void> {
    const { text, ids: special } = this.#model.config
    const count = sequences.length
    const [cos, sin] = [floats([count, text.headDim / 2]), floats([count, text.headDim / 2])]
    sequences.forEach((sequence, b) => {
      const next = sequence?.next ?? 0
      const row = Int32Array.of(next)
      this.#rotary.write({ t: row, h: row, w: row, next }, cos.data, sin.data, b)
    })
    const row = Array.from({ length: count }, (_, b) => b)
    const feeds = new Map<string, HostTensor>([
      ['ids', indices([count, 1], sequences.map((sequence) => sequence?.pending[0] ?? special.pad))], ['rows', indices([count], row)],
      ['features', this.#noFeatures], ['cos', cos], ['sin', sin], ['bias', bias], ['last', indices([count], row)]
    ])
    const { logits, rows } = await this.#run(session, feeds, cache)
    sequences.forEach((sequence, b) => {
      if (!sequence) return
      bias.data[b * (cache.places + 1) + (cache.lengths[b] as number)] = 0
      cache.push(b, rows)
      sequence.next++
      sequence.pending = []
      sequence.logits = logits.subarray(b * text.vocabSize, (b + 1) * text.vocabSize)
    })
  }

  async #run(session: Session, feeds: Map<string, HostTensor>, cache: BatchCache): Promise<{ logits: Float32Array; rows: Float32Array[] }> {
    const names = Array.from({ length: this.#model.config.text.layers }, (_, layer) => [['k', layer], ['v', layer]] as const).flat()
    names.forEach(([kind, layer], i) => feeds.set(pastName(kind, layer), cache.tensors[i] as HostTensor))
    const outputs = await session.run(new Map([...this.#model.weights, ...feeds]))
    return { logits: floatData(outputs, 'logits'), rows: names.map(([kind, layer]) => floatData(outputs, newName(kind, layer))) }
  }

  async #session(): Promise<Session> {
    return await this.#model.sessions.get('extend', () => {
      const graph = new Graph()
      extendGraph(graph, this.#model.config, weightInputs(graph, this.#model.weights))
      return graph
    })
  }

  #at(sequence: number): Sequence {
    const found = this.#sequences.get(sequence)
    if (!found) throw new SightlineError('bad_input', `sequence ${sequence} is not open`)
    return found
  }
}
