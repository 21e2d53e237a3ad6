import { gatherRows } from '#main/onnx/build/gather.ts'
import { concat, reshape } from '#main/onnx/build/layout.ts'
import { product, sum } from '#main/onnx/dims.ts'
import { Graph, type Value } from '#main/onnx/graph.ts'
import type { AnyTensor, DeviceTensor } from '../runtime/deviceTensor.ts'
import type { HostTensor } from '../runtime/tensor.ts'
import type { TextConfig } from './config.ts'
import type { SequenceKeys } from './generation.ts'
import type { VisionLanguageModel } from './visionLanguageModel.ts'

/** Places are allocated in steps of this many. */
const STEP = 64

/**
 * Keys and values of several sequences on the graphics device: per layer keys, then values [rows, kvHeads, places, headDim]. Never
 * changed; sequences that hold one of its rows share it, and the last to let go gives the memory back.
 */
export class CacheBlock {
  readonly tensors: readonly DeviceTensor[]
  readonly rows: number
  readonly places: number
  #holders = 0

  constructor(tensors: readonly DeviceTensor[]) {
    const [rows = 0, , places = 0] = tensors[0]?.shape ?? []
    this.tensors = tensors
    this.rows = rows
    this.places = places
  }

  hold(): this {
    this.#holders++
    return this
  }

  letGo(): void {
    if (--this.#holders === 0) for (const tensor of this.tensors) tensor.dispose()
  }
}

/** The first `count` places of a row of a block. */
export interface CachePart {
  readonly block: CacheBlock
  readonly row: number
  readonly count: number
}

/** One sequence's keys and values: a row of a block that others may share. */
export class DeviceSequenceCache implements SequenceKeys {
  #block: CacheBlock | null = null
  #row = 0
  #length = 0
  #released = false

  get length(): number {
    return this.#length
  }

  get parts(): CachePart[] {
    return this.#block ? [{ block: this.#block, row: this.#row, count: this.#length }] : []
  }

  /** One that shares the first `length` places. */
  copy(length = this.#length): DeviceSequenceCache {
    const twin = new DeviceSequenceCache()
    if (this.#block) twin.moveTo({ block: this.#block, row: this.#row, count: length })
    return twin
  }

  /** From now on the sequence is there; one that was released while it was written stays nowhere. */
  moveTo({ block, row, count }: CachePart): void {
    if (this.#released) return
    block.hold()
    this.#block?.letGo()
    this.#block = block
    this.#row = row
    this.#length = count
  }

  release(): void {
    this.#released = true
    this.#block?.letGo()
    this.#block = null
    this.#length = 0
  }
}

/** A new block with a row for each list of parts, these one after the other; places behind them hold anything. The caller holds it. */
export async function laidOut(model: VisionLanguageModel, rows: readonly (readonly CachePart[])[]): Promise<CacheBlock> {
  const most = Math.max(...rows.map((parts) => parts.reduce((length, { count }) => length + count, 0)))
  const places = Math.max(1, Math.ceil(most / STEP) * STEP)
  const blocks = [...new Set(rows.flatMap((parts) => parts.map(({ block }) => block)))]
  const seen = new Set<CacheBlock>()
  let made: CacheBlock | null = null
  for (let next = 0; next < blocks.length;) {
    const before: CacheBlock | null = made
    // The first run takes two blocks, each later one what was made and one more.
    const sources: CacheBlock[] = before ? [before, blocks[next++] as CacheBlock] : blocks.slice(next, next += 2)
    const index = sourceIndex(model.config.text, rows, places, (part) => {
      if (seen.has(part.block)) return { source: before, row: null }
      return sources.includes(part.block) ? { source: part.block, row: part.row } : null
    }, sources)
    made = (await gathered(model, sources, index)).hold()
    for (const source of sources) seen.add(source)
    before?.letGo()
  }
  return made as CacheBlock
}

/** Where a part is to be read: a row of a source, or (null) the place it has already. Null: not in this run. */
type Locate = (part: CachePart) => { readonly source: CacheBlock | null; readonly row: number | null } | null

/** [rows, kvHeads, places] numbers of the headDim-wide rows of the sources, these counted one after the other. */
function sourceIndex({ kvHeads }: TextConfig, rows: readonly (readonly CachePart[])[], places: number, locate: Locate, sources: readonly CacheBlock[]): HostTensor {
  const data = new BigInt64Array(rows.length * kvHeads * places)
  rows.forEach((parts, n) => {
    let to = 0
    for (const part of parts) {
      const found = locate(part)
      const source = found?.source
      if (source) {
        const first = sources.slice(0, sources.indexOf(source)).reduce((all, block) => all + block.rows * kvHeads * block.places, 0)
        for (let head = 0; head < kvHeads; head++) {
          const from = first + ((found.row ?? n) * kvHeads + head) * source.places + (found.row === null ? to : 0)
          const at = (n * kvHeads + head) * places + to
          for (let p = 0; p < part.count; p++) data[at + p] = BigInt(from + p)
        }
      }
      to += part.count
    }
  })
  return { dtype: 'i64', shape: [rows.length, kvHeads, places], data }
}

async function gathered(model: VisionLanguageModel, sources: readonly CacheBlock[], index: HostTensor): Promise<CacheBlock> {
  const { text } = model.config
  const count = 2 * text.layers
  const keep = Array.from({ length: count }, (_, i) => `to.${i}`)
  const session = await model.sessions.get(`lay out ${sources.length}`, () => layOutGraph(text, sources.length), { keep })
  const feeds = new Map<string, AnyTensor>([['index', index]])
  sources.forEach(({ tensors }, s) => tensors.forEach((tensor, i) => feeds.set(`from.${s}.${i}`, tensor)))
  const outputs = await session.runKeeping(feeds)
  return new CacheBlock(keep.map((name) => outputs.get(name) as DeviceTensor))
}

/** Every layer's keys and values by the one index. */
function layOutGraph({ layers, kvHeads, headDim }: TextConfig, sources: number): Graph {
  const graph = new Graph()
  const index = graph.input('index', ['N', kvHeads, 'P'], 'i64')
  for (let i = 0; i < 2 * layers; i++) {
    const flat = Array.from({ length: sources }, (_, s) => {
      const size = product([`B${s}`, kvHeads, `S${s}`])
      return { size, rows: reshape(graph.input(`from.${s}.${i}`, [`B${s}`, kvHeads, `S${s}`, headDim]), [size, headDim]) }
    })
    const all = sources === 1 ? flat[0]?.rows as Value : reshape(concat(flat.map(({ rows }) => rows), 0), [sum(flat.map(({ size }) => size)), headDim])
    graph.output(`to.${i}`, gatherRows(all, index))
  }
  return graph
}
