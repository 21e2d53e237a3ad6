import type { DeviceName } from '#shared/domain/device.ts'
import { Graph } from '#main/onnx/graph.ts'
import { SessionCache } from '../runtime/sessionCache.ts'
import { floatData, type HostTensor } from '../runtime/tensor.ts'
import { isWide } from '../runtime/widened.ts'
import { BLOCKWISE_TOKENS } from './blockwise/limits.ts'
import { BlockwisePass } from './blockwise/blockwisePass.ts'
import type { VisionLanguageConfig } from './config.ts'
import { parametersOf } from './families/parameters.ts'
import { type LoraAdapter, mergeAdapter } from './lora.ts'
import type { TokenSample } from './sequence.ts'
import { defaultHeadRows, type SequenceBatch, SequenceFeeder } from './sequenceFeeds.ts'
import { sequenceGraph } from './sequenceGraph.ts'
import { checkWeights, weightInputs } from './weights.ts'

export interface ModelSettings {
  /** Threads of one run; default: the physical cores. */
  readonly threads?: number
  /** What the graphs run on; default the CPU. */
  readonly device?: DeviceName
  /** Score and train block by block, with weights that may stay as they are stored; sampling still widens them all. */
  readonly blockwise?: boolean
}

/** Padded tokens scored in one run; more samples are split. */
const SCORED_TOKENS = 8192

/**
 * A model that can be scored, sampled and trained: a configuration, its weights in host memory by checkpoint name, and the sessions
 * that run them. Weights are inputs of every session; a trainer replaces the entries of `weights` and the next run sees them.
 */
export class VisionLanguageModel {
  readonly config: VisionLanguageConfig
  readonly weights: Map<string, HostTensor>
  readonly settings: ModelSettings
  readonly sessions: SessionCache
  readonly feeder: SequenceFeeder
  /** A low-rank adapter on top of the weights, or none. Replaced as a whole, never changed in place. */
  adapter: LoraAdapter | null = null
  #blocks: BlockwisePass | null = null
  #merged: { readonly adapter: LoraAdapter | null; readonly weights: Promise<Map<string, HostTensor>> } | null = null

  /** Throws `bad_checkpoint` when a tensor is missing or has another shape than the configuration asks for. */
  constructor(config: VisionLanguageConfig, weights: Map<string, HostTensor>, settings: ModelSettings = {}) {
    checkWeights(weights, parametersOf(config))
    this.config = config
    this.weights = weights
    this.settings = settings
    this.sessions = new SessionCache(settings)
    this.feeder = new SequenceFeeder(config)
  }

  /**
   * The weights as they act, in float32: those of `weights` with the adapter added, made once for each adapter. Sampling reads these, and
   * scoring unless it goes block by block.
   */
  async merged(): Promise<ReadonlyMap<string, HostTensor>> {
    const { adapter } = this
    if (!adapter && [...this.weights.values()].every(isWide)) return this.weights
    if (this.#merged?.adapter !== adapter) this.#merged = { adapter, weights: mergeAdapter(this.weights, adapter, this.sessions) }
    return await this.#merged.weights
  }

  /** Gives the copy of `merged` back; the next call makes it again. */
  forgetMerged(): void {
    this.#merged = null
  }

  /** The model run block by block. */
  get blocks(): BlockwisePass {
    return (this.#blocks ??= new BlockwisePass(this))
  }

  /** Log p of every target token (loss weight not 0) under the full softmax at temperature 1; 0 elsewhere. Per sample [ids.length]. */
  async logProbs(samples: readonly TokenSample[]): Promise<Float32Array[]> {
    const all = samples.map((sample) => new Float32Array(sample.ids.length))
    if (this.settings.blockwise) {
      await this.#scoreBlockwise(samples, all)
      return all
    }
    const weights = await this.merged()
    const headRows = defaultHeadRows(this.config)
    for (const part of parts(samples, SCORED_TOKENS)) {
      const batch = this.feeder.batch(part.map((index) => samples[index] as TokenSample), headRows)
      const session = await this.sessions.get(`score ${batch.chunks}`, () => this.#scoreGraph(batch.chunks))
      const outputs = await session.run(new Map([...weights, ...batch.feeds]), ['logProbs'])
      spread(floatData(outputs, 'logProbs'), batch, part.map((index) => all[index] as Float32Array))
    }
    return all
  }

  /** Gives back what runs of a large model block by block hold; the next ones take it again. */
  async rest(): Promise<void> {
    if (this.blocks.large) await this.close()
  }

  /** Frees the sessions; the weights stay. */
  async close(): Promise<void> {
    await this.#blocks?.close()
    await this.sessions.close()
  }

  async #scoreBlockwise(samples: readonly TokenSample[], into: readonly Float32Array[]): Promise<void> {
    for (const part of parts(samples, BLOCKWISE_TOKENS)) {
      const batch = this.feeder.batch(part.map((index) => samples[index] as TokenSample))
      spread((await this.blocks.score(batch)).logProbs, batch, part.map((index) => into[index] as Float32Array))
    }
    await this.rest()
  }

  #scoreGraph(chunks: number): Graph {
    const graph = new Graph()
    const { logProbs, entropy } = sequenceGraph(graph, this.config, weightInputs(graph, this.weights), { chunks })
    graph.output('logProbs', logProbs)
    graph.output('entropy', entropy)
    return graph
  }
}

/** Writes values of the batch's targets [K] to their tokens. */
export function spread(values: Float32Array, batch: SequenceBatch, into: readonly Float32Array[]): void {
  values.forEach((value, k) => {
    const sample = into[batch.samples[k] ?? 0] as Float32Array
    sample[batch.tokens[k] ?? 0] = value
  })
}

/** Sample indices in runs of bounded padded size, longest first. Samples without a target need no run. */
function parts(samples: readonly TokenSample[], most: number): number[][] {
  const order = [...samples.keys()].filter((index) => samples[index]?.loss.some((weight) => weight !== 0))
  order.sort((a, b) => (samples[b]?.ids.length ?? 0) - (samples[a]?.ids.length ?? 0))
  const found: number[][] = []
  let width = 0
  for (const index of order) {
    const last = found.at(-1)
    if (last && width * (last.length + 1) <= most) last.push(index)
    else {
      found.push([index])
      width = samples[index]?.ids.length ?? 0
    }
  }
  return found
}
