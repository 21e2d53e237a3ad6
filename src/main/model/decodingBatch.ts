import { floatData, floats, type HostTensor, indices } from '../runtime/tensor.ts'
import type { ChoiceKind } from './choiceGraph.ts'
import type { TextConfig } from './config.ts'
import { causalBias, HIDDEN, placesBias } from './decoderFeeds.ts'
import { runOverCache } from './decoderRun.ts'
import type { RotaryTable } from './families/positions.ts'
import type { GenerateRule, Writer } from './generation.ts'
import { gumbelRow } from './gumbel.ts'
import { BatchCache, type SequenceCache } from './keyValueCache.ts'
import type { VisionLanguageModel } from './visionLanguageModel.ts'

/** Logits of one run at most (tokens x sequences x vocabulary): they and the noise are held at once. */
const RUN_LOGITS = 8_000_000

/**
 * Sequences being written side by side over one shared cache; between runs they come and go, and each writes what it would write alone.
 * Their last token is drawn but not yet read in; a run reads it in and draws on: one token (logits come back, the draw is made here) or
 * several (a loop inside the graph draws). Both write the same tokens.
 */
export class DecodingBatch {
  readonly #model: VisionLanguageModel
  readonly #text: TextConfig
  readonly #rotary: RotaryTable
  readonly #rule: GenerateRule
  readonly #writers: Writer<SequenceCache>[] = []
  readonly #cache: BatchCache
  /** Kept between runs: megabytes of new memory a run cost more than what is written to them. */
  #noise = new Float32Array(0)

  constructor(model: VisionLanguageModel, rotary: RotaryTable, rule: GenerateRule) {
    this.#model = model
    this.#text = model.config.text
    this.#rotary = rotary
    this.#rule = rule
    this.#cache = new BatchCache(this.#text)
  }

  /** Sequences being written. */
  get size(): number {
    return this.#writers.length
  }

  /** Takes in writers that have drawn their next token and have not ended. */
  enter(writers: readonly Writer<SequenceCache>[]): void {
    if (writers.length === 0) return
    this.#writers.push(...writers)
    this.#cache.enter(writers.map(({ sequence }) => sequence.cache))
  }

  /** Writes at most `tokens` tokens a sequence (1 draws each token here); the writers that ended leave and are returned. */
  async run(tokens: number): Promise<Writer<SequenceCache>[]> {
    const bound = Math.max(1, Math.floor(RUN_LOGITS / (this.size * this.#text.vocabSize)))
    const count = Math.min(tokens, bound, Math.max(...this.#writers.map(({ remaining }) => remaining)))
    this.#cache.reserve(count)
    await (count > 1 ? this.#drawInGraph(count) : this.#drawHere())
    return this.#sendOff()
  }

  #sendOff(): Writer<SequenceCache>[] {
    const ended = this.#writers.filter((writer) => writer.ended)
    for (let b = this.size - 1; b >= 0; b--) {
      if (!this.#writers[b]?.ended) continue
      this.#cache.leave(b)
      const last = this.#writers.pop() as Writer<SequenceCache>
      if (b < this.size) this.#writers[b] = last
    }
    return ended
  }

  async #drawHere(): Promise<void> {
    const places = Array.from(this.#writers.keys())
    const feeds = new Map<string, HostTensor>([
      ['ids', indices([places.length, 1], this.#lastIds())], ['rows', indices([places.length], places)], ['last', indices([places.length], places)],
      ['ends', indices([places.length], places.map(() => 0))],
      ['features', floats([1, this.#text.hiddenSize])], ['bias', placesBias(this.#cache.lengths, this.#cache.places)], ['causal', causalBias(1)], ...this.#angles(1)
    ])
    const { outputs, rows } = await runOverCache(this.#model, 'extend', this.#cache, feeds)
    const logits = floatData(outputs, 'logits')
    const { vocabSize } = this.#text
    this.#writers.forEach((writer, b) => {
      this.#cache.push(b, rows, 1, 1)
      writer.sequence.next++
      writer.sequence.logits = logits.subarray(b * vocabSize, (b + 1) * vocabSize)
      writer.draw()
    })
  }

  async #drawInGraph(count: number): Promise<void> {
    const { kvHeads, headDim, vocabSize } = this.#text
    const batch = this.size
    const stop = floats([vocabSize])
    for (const id of this.#rule.stopIds) stop.data[id] = 1
    const feeds = new Map<string, HostTensor>([
      ['ids', indices([batch], this.#lastIds())], ['active', floats([batch], new Float32Array(batch).fill(1))], ['count', indices([], [count])],
      ['bias', placesBias(this.#cache.lengths, this.#cache.places)], ['stop', stop], ['empty', floats([batch, kvHeads, 1, 0, headDim])], ...this.#angles(count, [count, batch]),
      ...this.#choiceFeeds(count)
    ])
    const { outputs, rows } = await runOverCache(this.#model, this.#kind, this.#cache, feeds)
    const tokens = outputs.get('tokens')?.data ?? []
    const [logProbs, entropies] = [floatData(outputs, 'logProbs'), floatData(outputs, 'entropies')]
    const taken = tokens.length / batch
    this.#writers.forEach((writer, b) => {
      let drawn = 0
      for (let at = b; drawn < taken && !writer.ended; at += batch, drawn++) {
        writer.take({ id: Number(tokens[at]), logProb: logProbs[at] as number, entropy: entropies[at] as number })
      }
      this.#cache.push(b, rows, taken, drawn)
      writer.sequence.next += drawn
    })
  }

  get #kind(): ChoiceKind {
    const { temperature, topK, topP } = this.#rule
    if (temperature === 0) return 'greedy'
    return topK > 0 || topP < 1 ? 'cut' : 'sampled'
  }

  /** What the graph chooses tokens by (choiceGraph.ts). */
  #choiceFeeds(count: number): [string, HostTensor][] {
    const { temperature, topK, topP, bannedIds } = this.#rule
    const { vocabSize } = this.#text
    const banned = floats([vocabSize])
    for (const id of bannedIds) banned.data[id] = HIDDEN
    if (temperature === 0) return [['banned', banned]]
    const values = count * this.size * vocabSize
    if (this.#noise.length < values) this.#noise = new Float32Array(values)
    const noise = floats([count, this.size, vocabSize], this.#noise.subarray(0, values))
    this.#writers.forEach((writer, b) => {
      for (let k = 0; k < Math.min(count, writer.remaining); k++) {
        const at = (k * this.size + b) * vocabSize
        gumbelRow(writer.request.seed, writer.position + k, noise.data, at, vocabSize)
        for (const id of bannedIds) noise.data[at + id] = HIDDEN
      }
    })
    return [
      ['noise', noise], ['temperature', floats([], Float32Array.of(temperature))], ['banned', banned],
      ['topK', indices([1], [topK === 0 ? vocabSize : Math.min(topK, vocabSize)])], ['topP', floats([], Float32Array.of(topP < 1 ? topP : 2))]
    ]
  }

  /** Rotary rows of the next `count` tokens of every sequence, a token's sequences side by side. */
  #angles(count: number, lead: readonly number[] = [this.size]): [string, HostTensor][] {
    const [cos, sin] = [floats([...lead, this.#rotary.half]), floats([...lead, this.#rotary.half])]
    this.#writers.forEach((writer, b) => {
      for (let k = 0; k < count; k++) {
        const next = writer.sequence.next + k
        const row = Int32Array.of(next)
        this.#rotary.write({ t: row, h: row, w: row, next }, cos.data, sin.data, k * this.size + b)
      }
    })
    return [['cos', cos], ['sin', sin]]
  }

  #lastIds(): number[] {
    return this.#writers.map((writer) => writer.sequence.pending[0] ?? this.#model.config.ids.pad)
  }
}
