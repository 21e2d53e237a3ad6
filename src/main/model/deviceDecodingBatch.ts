import { Graph } from '#main/onnx/graph.ts'
import type { AnyTensor, DeviceTensor } from '../runtime/deviceTensor.ts'
import { floatData, floats, type HostTensor, indices } from '../runtime/tensor.ts'
import type { TextConfig } from './config.ts'
import { HIDDEN, placesBias } from './decoderFeeds.ts'
import { CacheBlock, type CachePart, type DeviceSequenceCache, laidOut } from './deviceCache.ts'
import { pastName } from './extendGraph.ts'
import type { RotaryTable } from './families/positions.ts'
import type { GenerateRule, Writer } from './generation.ts'
import { gumbelRow } from './gumbel.ts'
import { grownName, RECENT_PLACES, recentName, type StepChoice, stepGraph } from './stepGraph.ts'
import type { VisionLanguageModel } from './visionLanguageModel.ts'

/**
 * Sequences being written side by side on the graphics device, a token a run. Keys and values stay there: those of before are only read,
 * those written since grow beside them and are laid out with them now and then, and when sequences come or go.
 */
export class DeviceDecodingBatch {
  readonly #model: VisionLanguageModel
  readonly #text: TextConfig
  readonly #rotary: RotaryTable
  readonly #rule: GenerateRule
  #writers: Writer<DeviceSequenceCache>[] = []
  #lengths: number[] = []
  #past: CacheBlock | null = null
  #recent: CacheBlock | null = null
  /** Places of it in use. */
  #written = 0

  constructor(model: VisionLanguageModel, rotary: RotaryTable, rule: GenerateRule) {
    this.#model = model
    this.#text = model.config.text
    this.#rotary = rotary
    this.#rule = rule
  }

  /** Sequences being written. */
  get size(): number {
    return this.#writers.length
  }

  /** Takes in writers that have drawn their next token and have not ended. */
  async enter(writers: readonly Writer<DeviceSequenceCache>[]): Promise<void> {
    if (writers.length === 0) return
    await this.#layOut([...this.#parts(), ...writers.map(({ sequence }) => sequence.cache.parts)])
    this.#writers = [...this.#writers, ...writers]
  }

  /** Writes one token a sequence; the writers that ended leave and are returned. */
  async run(): Promise<Writer<DeviceSequenceCache>[]> {
    if (this.#written === RECENT_PLACES) await this.#layOut(this.#parts())
    await this.#step()
    return await this.#sendOff()
  }

  async #step(): Promise<void> {
    const { acting } = this.#model
    const { layers } = this.#text
    const names = Array.from({ length: layers }, (_, layer) => [['k', layer], ['v', layer]] as const).flat()
    const [choice, first] = [this.#choice, this.#recent === null]
    const keep = names.map(([kind, layer]) => grownName(kind, layer))
    const session = await this.#model.sessions.get(`step ${choice} ${first}${acting.signature}`, () => {
      const graph = new Graph()
      stepGraph(graph, this.#model.config, acting.inputs(graph), choice, first)
      return graph
    }, { keep })
    const feeds = new Map<string, AnyTensor>([...await acting.tensors(), ...this.#feeds(choice)])
    names.forEach(([kind, layer], i) => {
      feeds.set(pastName(kind, layer), this.#past?.tensors[i] as DeviceTensor)
      if (this.#recent) feeds.set(recentName(kind, layer), this.#recent.tensors[i] as DeviceTensor)
    })
    const outputs = await session.runKeeping(feeds)
    this.#recent?.letGo()
    this.#recent = new CacheBlock(keep.map((name) => outputs.get(name) as DeviceTensor)).hold()
    this.#written++
    this.#take(choice, outputs as ReadonlyMap<string, HostTensor>)
  }

  #take(choice: StepChoice, outputs: ReadonlyMap<string, HostTensor>): void {
    const { vocabSize } = this.#text
    this.#writers.forEach((writer, b) => {
      writer.sequence.next++
      if (choice === 'host') {
        writer.sequence.logits = floatData(outputs, 'logits').subarray(b * vocabSize, (b + 1) * vocabSize)
        writer.draw()
      } else {
        writer.take({ id: Number(outputs.get('tokens')?.data[b]), logProb: floatData(outputs, 'logProbs')[b] as number, entropy: floatData(outputs, 'entropies')[b] as number })
      }
    })
  }

  /** Those that ended take what was written along, in a block of their own. */
  async #sendOff(): Promise<Writer<DeviceSequenceCache>[]> {
    const parts = this.#parts()
    const [ended, going] = [this.#numbers((writer) => writer.ended), this.#numbers((writer) => !writer.ended)]
    if (ended.length === 0) return []
    const leaving = await laidOut(this.#model, ended.map((b) => parts[b] ?? []))
    const gone = ended.map((b, row) => {
      const writer = this.#writers[b] as Writer<DeviceSequenceCache>
      writer.sequence.cache.moveTo({ block: leaving, row, count: lengthOf(parts[b] ?? []) })
      return writer
    })
    leaving.letGo()
    await this.#layOut(going.map((b) => parts[b] ?? []))
    this.#writers = going.map((b) => this.#writers[b] as Writer<DeviceSequenceCache>)
    return gone
  }

  #numbers(which: (writer: Writer<DeviceSequenceCache>) => boolean): number[] {
    return this.#writers.flatMap((writer, b) => (which(writer) ? [b] : []))
  }

  /** What each sequence has here. */
  #parts(): CachePart[][] {
    const [past, recent] = [this.#past, this.#recent]
    return this.#writers.map((_, b) => [
      ...(past ? [{ block: past, row: b, count: this.#lengths[b] ?? 0 }] : []), ...(recent ? [{ block: recent, row: b, count: this.#written }] : [])
    ])
  }

  async #layOut(rows: readonly (readonly CachePart[])[]): Promise<void> {
    const made = rows.length > 0 ? await laidOut(this.#model, rows) : null
    this.#past?.letGo()
    this.#recent?.letGo()
    this.#past = made
    this.#recent = null
    this.#written = 0
    this.#lengths = rows.map(lengthOf)
  }

  get #choice(): StepChoice {
    const { temperature, topK, topP } = this.#rule
    if (temperature === 0) return 'greedy'
    return topK > 0 || topP < 1 ? 'host' : 'sampled'
  }

  #feeds(choice: StepChoice): [string, HostTensor][] {
    const { vocabSize } = this.#text
    const [cos, sin] = [floats([this.size, this.#rotary.half]), floats([this.size, this.#rotary.half])]
    this.#writers.forEach(({ sequence: { next } }, b) => {
      const row = Int32Array.of(next)
      this.#rotary.write({ t: row, h: row, w: row, next }, cos.data, sin.data, b)
    })
    const feeds: [string, HostTensor][] = [
      ['ids', indices([this.size], this.#writers.map(({ sequence }) => sequence.pending[0] ?? this.#model.config.ids.pad))],
      ['cos', cos], ['sin', sin], ['bias', placesBias(this.#lengths, this.#past?.places ?? 0)],
      ['here', floats([RECENT_PLACES, 1], Float32Array.from({ length: RECENT_PLACES }, (_, place) => (place === this.#written ? 1 : 0)))],
      ['recentBias', floats([RECENT_PLACES], Float32Array.from({ length: RECENT_PLACES }, (_, place) => (place <= this.#written ? 0 : HIDDEN)))]
    ]
    const banned = (row: Float32Array): void => { for (const id of this.#rule.bannedIds) row[id] = HIDDEN }
    if (choice === 'greedy') {
      const bias = floats([vocabSize])
      banned(bias.data)
      feeds.push(['banned', bias])
    }
    if (choice === 'sampled') {
      const noise = floats([this.size, vocabSize])
      this.#writers.forEach((writer, b) => {
        gumbelRow(writer.request.seed, writer.position, noise.data, b * vocabSize, vocabSize)
        banned(noise.data.subarray(b * vocabSize, (b + 1) * vocabSize))
      })
      feeds.push(['noise', noise], ['temperature', floats([], Float32Array.of(this.#rule.temperature))])
    }
    return feeds
  }
}

function lengthOf(parts: readonly CachePart[]): number {
  return parts.reduce((length, { count }) => length + count, 0)
}
