import { floatData, floats, type HostTensor, indices } from '../runtime/tensor.ts'
import type { ChoiceKind } from './choiceGraph.ts'
import type { TextConfig } from './config.ts'
import { cacheBias, causalBias, HIDDEN } from './decoderFeeds.ts'
import { runOverCache } from './decoderRun.ts'
import type { RotaryTable } from './families/positions.ts'
import type { GenerateRule, Writer } from './generation.ts'
import { gumbelRow } from './gumbel.ts'
import { BatchCache } from './keyValueCache.ts'
import type { VisionLanguageModel } from './visionLanguageModel.ts'

/** Places a batch cache gains before it is laid out anew. */
const ROOM = 64
/** A batch is laid out anew when fewer than this share of its sequences still write; the others' places idle until then. */
const LEAST_SHARE = 0.75

/**
 * Sequences being written side by side over one shared cache. Their last token is drawn but not yet read in; each run reads it in and
 * draws on: one token (logits come back, the draw is made here) or several (a loop inside the graph draws). Both write the same tokens.
 */
export class DecodingBatch {
  readonly #model: VisionLanguageModel
  readonly #text: TextConfig
  readonly #rotary: RotaryTable
  readonly #rule: GenerateRule
  readonly #all: readonly Writer[]
  /** By place in the batch; null once ended. */
  readonly #running: (Writer | null)[]
  readonly #cache: BatchCache

  constructor(model: VisionLanguageModel, rotary: RotaryTable, writers: readonly Writer[], rule: GenerateRule) {
    this.#model = model
    this.#text = model.config.text
    this.#rotary = rotary
    this.#rule = rule
    this.#all = writers
    this.#running = [...writers]
    this.#cache = new BatchCache(this.#text, writers.map(({ sequence }) => sequence.cache), ROOM)
  }

  /**
   * Writes until the batch should be laid out anew: its cache is full or too few of its sequences still write. Returns the writers
   * that go on. At most `tokensPerRun` tokens a run; 1 draws each token here.
   */
  async write(tokensPerRun: number): Promise<Writer[]> {
    const least = Math.max(1, Math.ceil(this.#all.length * LEAST_SHARE))
    for (let left = this.#all; left.length >= least && !this.#cache.full; left = this.#running.filter((writer) => writer !== null)) {
      const room = this.#cache.places - Math.max(...this.#cache.lengths)
      const count = Math.min(tokensPerRun, room, Math.max(...left.map(({ remaining }) => remaining)))
      if (count > 1) await this.#drawInGraph(count)
      else await this.#drawHere()
      this.#running.forEach((writer, b) => {
        if (writer?.ended) this.#running[b] = null
      })
    }
    this.#cache.returnTo(this.#all.map(({ sequence }) => sequence.cache))
    return this.#running.filter((writer) => writer !== null)
  }

  async #drawHere(): Promise<void> {
    const places = Array.from(this.#running.keys())
    const feeds = new Map<string, HostTensor>([
      ['ids', indices([places.length, 1], this.#lastIds())], ['rows', indices([places.length], places)], ['last', indices([places.length], places)],
      ['features', floats([1, this.#text.hiddenSize])], ['bias', cacheBias(this.#cache)], ['causal', causalBias(1)], ...this.#angles(1)
    ])
    const { outputs, rows } = await runOverCache(this.#model, 'extend', this.#cache, feeds)
    const logits = floatData(outputs, 'logits')
    const { vocabSize } = this.#text
    this.#running.forEach((writer, b) => {
      if (!writer) return
      this.#cache.push(b, rows, 1, 1)
      writer.sequence.next++
      writer.sequence.logits = logits.subarray(b * vocabSize, (b + 1) * vocabSize)
      writer.draw()
    })
  }

  async #drawInGraph(count: number): Promise<void> {
    const { kvHeads, headDim, vocabSize } = this.#text
    const batch = this.#running.length
    const stop = floats([vocabSize])
    for (const id of this.#rule.stopIds) stop.data[id] = 1
    const feeds = new Map<string, HostTensor>([
      ['ids', indices([batch], this.#lastIds())], ['active', floats([batch], Float32Array.from(this.#running, (writer) => (writer ? 1 : 0)))],
      ['count', indices([], [count])], ['bias', cacheBias(this.#cache)], ['stop', stop], ['empty', floats([batch, kvHeads, 1, 0, headDim])], ...this.#angles(count, [count, batch]),
      ...this.#choiceFeeds(count)
    ])
    const { outputs, rows } = await runOverCache(this.#model, this.#kind, this.#cache, feeds)
    const tokens = outputs.get('tokens')?.data ?? []
    const [logProbs, entropies] = [floatData(outputs, 'logProbs'), floatData(outputs, 'entropies')]
    const taken = tokens.length / batch
    this.#running.forEach((writer, b) => {
      if (!writer) return
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
    const noise = floats([count, this.#running.length, vocabSize])
    this.#running.forEach((writer, b) => {
      for (let k = 0; writer && k < Math.min(count, writer.remaining); k++) {
        const at = (k * this.#running.length + b) * vocabSize
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
  #angles(count: number, lead: readonly number[] = [this.#running.length]): [string, HostTensor][] {
    const [cos, sin] = [floats([...lead, this.#rotary.half]), floats([...lead, this.#rotary.half])]
    this.#running.forEach((writer, b) => {
      for (let k = 0; k < count; k++) {
        const next = (writer?.sequence.next ?? 0) + k
        const row = Int32Array.of(next)
        this.#rotary.write({ t: row, h: row, w: row, next }, cos.data, sin.data, k * this.#running.length + b)
      }
    })
    return [['cos', cos], ['sin', sin]]
  }

  #lastIds(): number[] {
    return this.#running.map((writer) => writer?.sequence.pending[0] ?? this.#model.config.ids.pad)
  }
}
