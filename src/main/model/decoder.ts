import { SightlineError } from '#shared/domain/errors.ts'
import { floats, type HostTensor, indices } from '../runtime/tensor.ts'
import { causalBias, embeddingFeeds } from './decoderFeeds.ts'
import { type Positions, RotaryTable, tokenPositions } from './families/positions.ts'
import { type Generated, type GenerateRequest, type GenerateRule, type Sequence, Writer } from './generation.ts'
import { ImageEncoder } from './imageEncoder.ts'
import { type KeyRoad, keyRoad } from './keyRoad.ts'
import type { PatchedImage } from './patches.ts'
import type { VisionLanguageModel } from './visionLanguageModel.ts'

/** Padded new tokens of one prefill run. */
const PREFILL_TOKENS = 8192

export interface ExtendRequest {
  readonly sequence: number
  readonly ids: ArrayLike<number>
  /** In the order of the runs of image placeholders in `ids`. */
  readonly images: readonly PatchedImage[]
}

export interface DecoderSettings {
  /** Tokens a run of the graph writes for each sequence: 1 for a run a token, more for the loop; by default what was measured fastest. */
  readonly tokensPerRun?: number
}

/** What a sequence was when it was marked; valid while it is open. */
export interface SequenceMark {
  readonly length: number
  readonly next: number
  readonly logits: Float32Array
}

/** A batch under way. */
export interface Writing {
  /** Sequences that have entered and were not yet returned. */
  readonly size: number
  /** Takes sequences in, each open and with tokens to go on from. Throws `bad_input` where one has none. */
  enter(requests: readonly GenerateRequest[]): Promise<void>
  /** One run; returns the sequences that ended. */
  run(): Promise<{ request: GenerateRequest; generated: Generated }[]>
}

/**
 * Cached generation for many sequences that live across turns: `open`, `extend` with ids and images, `generate` until a stop id, extend
 * with the next observation, and so on. Token-in token-out. The cache belongs to the weights it was made with: after a training step
 * open new sequences.
 */
export class Decoder {
  readonly #model: VisionLanguageModel
  readonly #settings: DecoderSettings
  readonly #rotary: RotaryTable
  readonly #road: KeyRoad
  readonly #images: ImageEncoder
  readonly #sequences = new Map<number, Sequence>()
  #opened = 0

  constructor(model: VisionLanguageModel, settings: DecoderSettings = {}) {
    const { text } = model.config
    this.#model = model
    this.#settings = settings
    this.#rotary = new RotaryTable(text.headDim, text.ropeTheta, text.mropeSection)
    this.#road = keyRoad(model, this.#rotary)
    this.#images = new ImageEncoder(model)
  }

  /** Starts an empty sequence and returns its number. */
  open(): number {
    const number = this.#opened++
    this.#sequences.set(number, { cache: this.#road.open(), next: 0, pending: [], logits: null })
    return number
  }

  /**
   * A new sequence with a copy of this one's state, as it is or as it was when it was marked: a group of rollouts prefills its prompt
   * once.
   */
  fork(sequence: number, mark: SequenceMark | null = null): number {
    const { cache, next, pending, logits } = this.#at(sequence)
    const number = this.#opened++
    this.#sequences.set(number, mark
      ? { cache: cache.copy(mark.length), next: mark.next, pending: [], logits: mark.logits }
      : { cache: cache.copy(), next, pending: [...pending], logits })
    return number
  }

  /** The state of a sequence whose tokens are all read in, to fork it there later. Throws `bad_input` after `generate`. */
  mark(sequence: number): SequenceMark {
    const { cache, next, logits } = this.#at(sequence)
    if (!logits) throw new SightlineError('bad_input', `sequence ${sequence} has tokens to read in`)
    return { length: cache.length, next, logits }
  }

  /** Forgets a sequence. Unknown numbers are ignored. */
  close(sequence: number): void {
    this.#sequences.get(sequence)?.cache.release()
    this.#sequences.delete(sequence)
  }

  /** Tokens of a sequence so far, prompts and images included. */
  length(sequence: number): number {
    const { cache, pending } = this.#at(sequence)
    return cache.length + pending.length
  }

  /** Logits [vocabulary] for the token after the sequence's last one; null before the first extend and after `generate`. */
  logits(sequence: number): Float32Array | null {
    return this.#at(sequence).logits
  }

  /** Reads new tokens into the sequences (each at most once a call), in as few runs as memory allows. */
  async extend(requests: readonly ExtendRequest[]): Promise<void> {
    const features = await this.#images.encode(requests.flatMap((request) => request.images))
    const order = [...requests].sort((a, b) => b.ids.length - a.ids.length)
    for (let from = 0; from < order.length; ) {
      const width = (order[from]?.ids.length ?? 0) + 1
      const count = Math.max(1, Math.floor(PREFILL_TOKENS / width))
      await this.#prefill(order.slice(from, from + count), features)
      from += count
    }
  }

  /** Draws tokens for the sequences until each has met a stop or its limit; results in the order of the requests. */
  async generate(requests: readonly GenerateRequest[], rule: GenerateRule): Promise<Generated[]> {
    const writing = this.writing(rule)
    await writing.enter(requests)
    const results = new Map<GenerateRequest, Generated>()
    while (writing.size > 0) for (const { request, generated } of await writing.run()) results.set(request, generated)
    return requests.map((request) => results.get(request) as Generated)
  }

  /** Starts writing under a rule: sequences enter as they are ready and leave as they end, so that the batch stays full. */
  writing(rule: GenerateRule): Writing {
    const batch = this.#road.write(rule)
    let ended: Writer[] = []
    return {
      get size() { return batch.size + ended.length },
      enter: async (requests) => {
        await this.extend(requests.flatMap(({ sequence }) => (this.#at(sequence).pending.length > 0 ? [{ sequence, ids: [], images: [] }] : [])))
        const writers = requests.map((request) => new Writer(request, this.#at(request.sequence), rule))
        for (const writer of writers) if (!writer.ended) writer.draw()
        ended.push(...writers.filter((writer) => writer.ended))
        await batch.enter(writers.filter((writer) => !writer.ended))
      },
      run: async () => {
        const before = ended
        ended = []
        const now = batch.size > 0 ? await batch.run(this.#settings.tokensPerRun ?? tokensPerRun(batch.size)) : []
        return [...before, ...now].map((writer) => ({ request: writer.request, generated: writer.result() }))
      }
    }
  }

  async #prefill(requests: readonly ExtendRequest[], features: ReadonlyMap<PatchedImage, Float32Array>): Promise<void> {
    const { text, ids: special, vision } = this.#model.config
    const sequences = requests.map(({ sequence }) => this.#at(sequence))
    const ids = requests.map((request, b) => [...(sequences[b]?.pending ?? []), ...Array.from(request.ids)])
    const width = Math.max(...ids.map((row) => row.length))
    const [cos, sin] = [floats([ids.length * width, text.headDim / 2]), floats([ids.length * width, text.headDim / 2])]
    const positions = ids.map((row, b) => {
      const grids = (requests[b]?.images ?? []).map((image) => image.grid)
      const found = tokenPositions(row, grids, { imagePad: special.imagePad, mergeSize: vision.mergeSize }, sequences[b]?.next ?? 0)
      this.#rotary.write(found, cos.data, sin.data, b * width)
      return found
    })
    const feeds = new Map<string, HostTensor>([
      ['cos', cos], ['sin', sin], ['causal', causalBias(width)],
      ...embeddingFeeds(ids, requests.map(({ images }) => images), width, features, this.#model.config),
      ['last', indices([ids.length], ids.map((row, b) => b * width + row.length - 1))], ['ends', indices([ids.length], ids.map((row) => row.length - 1))]
    ])
    const logits = await this.#road.readIn(sequences.map(({ cache }) => cache), ids.map((row) => row.length), width, feeds)
    sequences.forEach((sequence, b) => {
      sequence.next = (positions[b] as Positions).next
      sequence.pending = []
      sequence.logits = logits.slice(b * text.vocabSize, (b + 1) * text.vocabSize)
    })
  }

  #at(sequence: number): Sequence {
    const found = this.#sequences.get(sequence)
    if (!found) throw new SightlineError('bad_input', `sequence ${sequence} is not open`)
    return found
  }
}

/**
 * What cost the least processor time a token (docs/decisions/0007-loop-decoder.md): longer loops save more runs, but carry the places
 * of sequences that have ended to the loop's end.
 */
function tokensPerRun(sequences: number): number {
  return sequences <= 8 ? 32 : 16
}
