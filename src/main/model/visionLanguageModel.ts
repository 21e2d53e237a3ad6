import type { DeviceName } from '#shared/domain/device.ts'
import { Graph } from '#main/onnx/graph.ts'
import { DeviceCopies } from '../runtime/deviceCopies.ts'
import type { AnyTensor } from '../runtime/deviceTensor.ts'
import { SessionCache } from '../runtime/sessionCache.ts'
import { floatData, type HostTensor } from '../runtime/tensor.ts'
import { isWide } from '../runtime/widened.ts'
import { ActingWeights } from './actingWeights.ts'
import { BLOCKWISE_TOKENS } from './blockwise/limits.ts'
import { BlockwisePass } from './blockwise/blockwisePass.ts'
import type { BlockwiseSettings } from './blockwise/blockRunner.ts'
import type { VisionLanguageConfig } from './config.ts'
import { DeviceWeights } from './deviceWeights.ts'
import { parametersOf } from './families/parameters.ts'
import { type LoraAdapter, mergeAdapter } from './lora.ts'
import type { TokenSample } from './sequence.ts'
import { defaultHeadRows, type SequenceBatch, SequenceFeeder } from './sequenceFeeds.ts'
import { sequenceGraph } from './sequenceGraph.ts'
import { checkWeights } from './weights.ts'

export interface ModelSettings extends BlockwiseSettings {
  /** Threads of one run; default: the physical cores. */
  readonly threads?: number
  /** What the graphs run on; default the CPU. */
  readonly device?: DeviceName
  /** Score, train and read pictures block by block, with weights that may stay as they are stored; writing widens those of the decoder that are not in 4 bits. */
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
  /** The tensors on the graphics device, where the model runs there. */
  readonly onDevice: DeviceWeights | null
  /** What graphs that write, or score the whole model, read. */
  readonly acting: ActingWeights

  /** Throws `bad_checkpoint` when a tensor is missing or has another shape than the configuration asks for. */
  constructor(config: VisionLanguageConfig, weights: Map<string, HostTensor>, settings: ModelSettings = {}) {
    checkWeights(weights, parametersOf(config))
    this.config = config
    this.weights = weights
    const copies = settings.device === 'webgpu' ? settings.copies ?? new DeviceCopies() : null
    this.settings = copies ? { ...settings, copies } : settings
    this.onDevice = copies && new DeviceWeights(copies, settings.largestBuffer)
    const { device = 'cpu', threads, largestBuffer } = settings
    this.sessions = new SessionCache({ device, ...(threads === undefined ? {} : { threads }), ...(largestBuffer === undefined ? {} : { largestTable: largestBuffer }) })
    this.feeder = new SequenceFeeder(config)
    this.acting = new ActingWeights(this)
  }

  /** All weights in host memory as float32 with the adapter added, for a checkpoint. */
  async mergedOnHost(): Promise<ReadonlyMap<string, HostTensor>> {
    await this.settle()
    return !this.adapter && [...this.weights.values()].every(isWide) ? this.weights : await mergeAdapter(this.weights, this.adapter, this.sessions)
  }

  /** All weights and the adapter as they are fed to training: on the device where the model runs there. */
  async tensors(): Promise<ReadonlyMap<string, AnyTensor>> {
    const hosts = new Map([...this.weights, ...(this.adapter?.tensors ?? [])])
    return this.onDevice ? await this.onDevice.all(hosts) : hosts
  }

  /** Brings what was trained on the device into `weights` and `adapter`; on the CPU they are always as trained. */
  async settle(): Promise<void> {
    // The optimizer's moments stay where they are.
    if (this.onDevice) this.replace(await this.onDevice.download((name) => this.weights.has(name) || this.adapter?.tensors.has(name) === true))
  }

  /** Puts tensors in the place of those of their names, in the weights or the adapter; other names are ignored. */
  replace(values: ReadonlyMap<string, HostTensor>): void {
    if (values.size === 0) return
    const adapted = new Map(this.adapter?.tensors)
    for (const [name, value] of values) {
      if (adapted.has(name)) adapted.set(name, value)
      else if (this.weights.has(name)) this.weights.set(name, value)
    }
    if (this.adapter) this.adapter = { ...this.adapter, tensors: adapted }
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
    const weights = await this.acting.tensors()
    const headRows = defaultHeadRows(this.config)
    for (const part of parts(samples, SCORED_TOKENS)) {
      const batch = this.feeder.batch(part.map((index) => samples[index] as TokenSample), headRows)
      const session = await this.sessions.get(`score ${batch.chunks}${this.acting.signature}`, () => this.#scoreGraph(batch.chunks))
      const outputs = await session.run(new Map<string, AnyTensor>([...weights, ...batch.feeds]), ['logProbs'])
      spread(floatData(outputs, 'logProbs'), batch, part.map((index) => all[index] as Float32Array))
    }
    return all
  }

  /** Gives back what runs of a large model block by block hold; the next ones take it again. */
  async rest(): Promise<void> {
    if (!this.blocks.large) return
    await this.blocks.rest()
    await this.sessions.close()
  }

  /** Frees the sessions and all memory on the device; the weights stay, as trained. */
  async close(): Promise<void> {
    this.acting.forget()
    await this.settle()
    await this.onDevice?.close()
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
    const { logProbs, entropy } = sequenceGraph(graph, this.config, this.acting.inputs(graph), { chunks })
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
