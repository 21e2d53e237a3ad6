import type { AnyTensor, DeviceTensor } from '../runtime/deviceTensor.ts'
import { floatData, type HostTensor } from '../runtime/tensor.ts'
import { runOverCache, sessionOverCache } from './decoderRun.ts'
import { placesBias } from './decoderFeeds.ts'
import { DecodingBatch } from './decodingBatch.ts'
import { CacheBlock, DeviceSequenceCache, laidOut } from './deviceCache.ts'
import { DeviceDecodingBatch } from './deviceDecodingBatch.ts'
import { newName, pastName } from './extendGraph.ts'
import type { RotaryTable } from './families/positions.ts'
import type { GenerateRule, SequenceKeys, Writer } from './generation.ts'
import { BatchCache, SequenceCache } from './keyValueCache.ts'
import type { VisionLanguageModel } from './visionLanguageModel.ts'

/** Sequences being written side by side. */
export interface WritingBatch<Keys extends SequenceKeys> {
  readonly size: number
  enter(writers: readonly Writer<Keys>[]): Promise<void> | void
  /** Writes at most `tokens` tokens a sequence; the writers that ended leave and are returned. */
  run(tokens: number): Promise<Writer<Keys>[]>
}

/** How a decoder keeps keys and values: in host memory, or on the graphics device. */
export interface KeyRoad<Keys extends SequenceKeys = SequenceKeys> {
  open(): Keys
  /**
   * Reads right-padded tokens into sequences, `counts` of `width` each: the inputs of extendGraph.ts but for the caches and their bias.
   * Returns the logits [B * vocabulary] after the last token of each.
   */
  readIn(caches: readonly Keys[], counts: readonly number[], width: number, feeds: ReadonlyMap<string, HostTensor>): Promise<Float32Array>
  write(rule: GenerateRule): WritingBatch<Keys>
}

export function keyRoad(model: VisionLanguageModel, rotary: RotaryTable): KeyRoad {
  return model.onDevice ? new DeviceRoad(model, rotary) : new HostRoad(model, rotary)
}

/** Numbers of a cache that is kept for the next prompts at most. */
const SPARE_CAPACITY = 16_000_000

class HostRoad implements KeyRoad<SequenceCache> {
  readonly #model: VisionLanguageModel
  readonly #rotary: RotaryTable
  /** A cache that no run is using: new memory for every prompt costs more than what is written to it. */
  #spare: BatchCache | null = null

  constructor(model: VisionLanguageModel, rotary: RotaryTable) {
    this.#model = model
    this.#rotary = rotary
  }

  open(): SequenceCache {
    return new SequenceCache(this.#model.config.text)
  }

  async readIn(caches: readonly SequenceCache[], counts: readonly number[], width: number, feeds: ReadonlyMap<string, HostTensor>): Promise<Float32Array> {
    const { text } = this.#model.config
    const cache = this.#spare ?? new BatchCache(text)
    this.#spare = null
    cache.enter(caches)
    const kind = cache.lengths.every((length) => length === 0) && !this.#model.acting.inGraphs ? 'begin' : 'extend'
    const { outputs, rows } = await runOverCache(this.#model, kind, cache, new Map([...feeds, ['bias', placesBias(cache.lengths, cache.places)]]))
    cache.clear()
    if (cache.capacity <= SPARE_CAPACITY) this.#spare = cache
    const size = text.kvHeads * width * text.headDim
    caches.forEach((sequence, b) => sequence.append(rows, b * size, width, 0, counts[b] ?? 0))
    return floatData(outputs, 'logits')
  }

  write(rule: GenerateRule): WritingBatch<SequenceCache> {
    return new DecodingBatch(this.#model, this.#rotary, rule)
  }
}

class DeviceRoad implements KeyRoad<DeviceSequenceCache> {
  readonly #model: VisionLanguageModel
  readonly #rotary: RotaryTable

  constructor(model: VisionLanguageModel, rotary: RotaryTable) {
    this.#model = model
    this.#rotary = rotary
  }

  open(): DeviceSequenceCache {
    return new DeviceSequenceCache()
  }

  async readIn(caches: readonly DeviceSequenceCache[], counts: readonly number[], _width: number, feeds: ReadonlyMap<string, HostTensor>): Promise<Float32Array> {
    const model = this.#model
    const past = caches.every(({ length }) => length === 0) ? null : await laidOut(model, caches.map(({ parts }) => parts))
    const names = Array.from({ length: model.config.text.layers }, (_, layer) => [['k', layer], ['v', layer]] as const).flat()
    const keep = names.map(([kind, layer]) => newName(kind, layer))
    const session = await sessionOverCache(model, past ? 'extend' : 'begin', { keep })
    const all = new Map<string, AnyTensor>([...await model.acting.tensors(), ...feeds])
    if (past) all.set('bias', placesBias(caches.map(({ length }) => length), past.places))
    names.forEach(([kind, layer], i) => { if (past) all.set(pastName(kind, layer), past.tensors[i] as DeviceTensor) })
    const outputs = await session.runKeeping(all)
    const rows = new CacheBlock(keep.map((name) => outputs.get(name) as DeviceTensor)).hold()
    const own = (b: number, block: CacheBlock): { block: CacheBlock; row: number; count: number } => ({ block, row: b, count: counts[b] ?? 0 })
    const joined = past ? await laidOut(model, caches.map((cache, b) => [...(cache.length > 0 ? [{ block: past, row: b, count: cache.length }] : []), own(b, rows)])) : rows.hold()
    caches.forEach((cache, b) => cache.moveTo({ block: joined, row: b, count: cache.length + (counts[b] ?? 0) }))
    for (const block of [past, rows, joined]) block?.letGo()
    return floatData(outputs as ReadonlyMap<string, HostTensor>, 'logits')
  }

  write(rule: GenerateRule): WritingBatch<DeviceSequenceCache> {
    return new DeviceDecodingBatch(this.#model, this.#rotary, rule)
  }
}
