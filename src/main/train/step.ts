import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { SightlineError } from '#shared/domain/errors.ts'
import { Random } from '#shared/domain/random.ts'
import { BLOCKWISE_TOKENS } from '../model/blockwise/limits.ts'
import { parametersOf } from '../model/families/parameters.ts'
import { type LoraSettings, newAdapter } from '../model/lora.ts'
import { dropoutMasks } from '../model/loraDropout.ts'
import type { StepSample } from '../model/sequence.ts'
import { defaultHeadRows, type SequenceBatch } from '../model/sequenceFeeds.ts'
import { spread, type VisionLanguageModel } from '../model/visionLanguageModel.ts'
import { dropoutName } from '../model/weights.ts'
import { floatData, floats, type HostTensor } from '../runtime/tensor.ts'
import { QuantizedTensor } from '../runtime/quantizedTensor.ts'
import { readSafetensors, writeSafetensors } from '../runtime/safetensors.ts'
import { isWide } from '../runtime/widened.ts'
import { microBatches } from './batches.ts'
import { blockwiseGradients } from './blockwiseGradients.ts'
import { DeviceOptimizer } from './deviceOptimizer.ts'
import { type AuxiliaryHead, auxiliaryParameters, type Objective } from './lossGraph.ts'
import { type AdamWSettings, DEFAULT_ADAMW, firstMoment, nextName, secondMoment, stateNames } from './optimizer.ts'
import { objectiveFeeds, type StepTotals, stepTotals } from './stepFeeds.ts'
import { applyGraph, fusedStepGraph, gradientGraph, gradientName, type TrainedParameter, type TrainGraphSettings } from './trainGraph.ts'

export interface TrainerOptions extends Partial<AdamWSettings> {
  /**
   * `text` freezes vision tower and merger, as the paper does; `lora` freezes every weight and trains low-rank adapters beside them:
   * the model's own, or fresh ones of these settings when it has none.
   */
  readonly trainable: 'all' | 'text' | { readonly lora: LoraSettings }
  readonly objective: Objective
  /** Classifiers on the visual features, trained beside the model and kept out of its checkpoint. */
  readonly auxiliary?: AuxiliaryHead
  /** Padded tokens of one run; a larger step is split and its gradients summed. */
  readonly maxTokens?: number
  /** Blocks keep only their inputs and are computed again in the backward pass: less memory, more time. */
  readonly recompute?: boolean
  /** Run one block after another instead of the whole model at once; adapters only. Default: the model's own setting. */
  readonly blockwise?: boolean
  /** Rows of logits that exist at a time at most; default: 256 MiB of them. */
  readonly headRows?: number
  /** Of the adapters' first values and their dropout. */
  readonly seed?: number
}

export interface StepResult {
  readonly loss: number
  /** Global norm before the clip. */
  readonly gradNorm: number
  /** Target tokens of the step. */
  readonly tokens: number
  /** The gradient was not finite: nothing was changed. */
  readonly skipped: boolean
  /** Per sample [ids.length]: log p of each target under the weights BEFORE the step, 0 elsewhere. */
  readonly logProbs: readonly Float32Array[]
  /** Mean entropy over the targets, in nats. */
  readonly entropy: number
}

const MAX_TOKENS = 8192

/** Takes optimizer steps on a model's weights: replaces the entries of `model.weights` after each, or changes them on the device. */
export class Trainer {
  readonly #model: VisionLanguageModel
  readonly #graph: TrainGraphSettings
  readonly #blockwise: boolean
  readonly #maxTokens: number
  readonly #headRows: number
  readonly #seed: number
  /** Weights of the auxiliary head. */
  readonly #extra: Map<string, HostTensor>
  readonly #moments: Map<string, HostTensor>
  /** Where the model runs on the graphics device: trained weights and moments are there, those of the host as they were before. */
  readonly #onDevice: DeviceOptimizer | null
  readonly #key: string
  #steps = 0

  /** Throws `bad_input` when weights are to be trained beneath an adapter, or block by block. */
  constructor(model: VisionLanguageModel, options: TrainerOptions) {
    const { objective, trainable, auxiliary = null, recompute = false } = options
    this.#model = model
    this.#blockwise = options.blockwise ?? model.settings.blockwise ?? false
    checkRoad(this.#blockwise, model, options)
    this.#maxTokens = options.maxTokens ?? (this.#blockwise ? BLOCKWISE_TOKENS : MAX_TOKENS)
    this.#headRows = this.#blockwise ? Infinity : options.headRows ?? defaultHeadRows(model.config)
    this.#seed = options.seed ?? 0
    this.#extra = auxiliaryWeights(auxiliary, model.config.vision.outWidth)
    if (typeof trainable === 'object') model.adapter ??= newAdapter(model.config, trainable.lora, Random.seeded(this.#seed, 'adapter'))
    else if (model.adapter) throw new SightlineError('bad_input', 'the model has an adapter on its weights', { advice: 'train the adapter, or merge it first' })
    const trained: TrainedParameter[] = [
      ...trainedParameters(model, trainable), ...[...this.#extra].map(([name, { shape }]) => ({ name, shape, decay: true }))
    ]
    const { adapter } = model
    this.#graph = {
      config: model.config, tensors: new Map([...model.weights, ...(adapter?.tensors ?? []), ...this.#extra]), trained, objective, auxiliary,
      optimizer: adamWSettings(options), adapted: adapter, recompute
    }
    this.#moments = new Map(trained.flatMap(({ name, shape }) => [[firstMoment(name), floats(shape)], [secondMoment(name), floats(shape)]]))
    this.#key = JSON.stringify([trainable, objective, auxiliary, recompute, adapter && [...adapter.scales, adapter.dropout], this.#graph.optimizer])
    this.#onDevice = model.onDevice && !this.#blockwise ? new DeviceOptimizer(model, model.onDevice, this.#graph, this.#key) : null
  }

  /** Steps taken, skipped ones included. */
  get steps(): number {
    return this.#steps
  }

  /**
   * One optimizer step on all samples. The supervised loss is the weighted mean over the step's targets; the policy loss sums its
   * terms, whose weights carry the aggregation. Throws `bad_input` when no token is a target.
   */
  async step(samples: readonly StepSample[], { learningRate }: { learningRate: number }): Promise<StepResult> {
    const scored = samples.filter((sample) => sample.loss.some((weight) => weight !== 0))
    if (scored.length === 0) throw new SightlineError('bad_input', 'no token of the step is a target', { advice: 'give at least one token a loss weight' })
    const logProbs = new Map(samples.map((sample) => [sample, new Float32Array(sample.ids.length)]))
    const parts = microBatches(scored, this.#maxTokens)
    const totals = stepTotals(scored, this.#graph)
    // What was sampled from; the step ends its use.
    this.#model.acting.forget()
    const taken = new Map([...this.#corrections(), ...scalars({ learningRate })])
    const result = this.#onDevice ? await this.#stepOnDevice(this.#onDevice, parts, totals, taken, logProbs)
      : parts.length === 1 && !this.#blockwise ? await this.#fused(parts[0] ?? [], this.#state(taken), totals, logProbs)
        : await this.#accumulated(parts, this.#state(taken), totals, logProbs)
    const gradNorm = floatData(result.outputs, 'gradNorm')[0] ?? Number.NaN
    const skipped = !Number.isFinite(gradNorm)
    this.#steps++
    if (!skipped && !this.#onDevice) this.#adopt(result.outputs)
    return {
      loss: result.loss, gradNorm, skipped, tokens: totals.targets, entropy: result.entropy / totals.targets,
      logProbs: samples.map((sample) => logProbs.get(sample) as Float32Array)
    }
  }

  /** Writes trained weights, moments and the step count as one safetensors file. */
  async saveState(folder: string): Promise<void> {
    await mkdir(folder, { recursive: true })
    const now = this.#onDevice?.begun ? await this.#onDevice.download() : this.#trainedState()
    const tensors = new Map([...now, [STEP, floats([1], Float32Array.of(this.#steps))]])
    await writeSafetensors(join(folder, STATE_FILE), tensors as Map<string, HostTensor<'f32'>>, { dtype: 'F32' })
  }

  /** Goes back to a saved state to the last bit. Throws `bad_checkpoint` when it belongs to another model or other options. */
  async loadState(folder: string): Promise<void> {
    const path = join(folder, STATE_FILE)
    const tensors = await readSafetensors(path)
    const take = (name: string, shape: readonly number[]): HostTensor => {
      const value = tensors.get(name)
      if (value?.shape.join() !== shape.join()) throw new SightlineError('bad_checkpoint', `the training state has no ${name} of shape [${shape.join(', ')}]`, { where: path })
      return floats(shape, value.data)
    }
    this.#onDevice?.drop()
    this.#setWeights(new Map(this.#graph.trained.map(({ name, shape }) => [name, take(name, shape)])))
    for (const { name, shape } of this.#graph.trained) {
      for (const moment of [firstMoment(name), secondMoment(name)]) this.#moments.set(moment, take(moment, shape))
    }
    this.#steps = take(STEP, [1]).data[0] as number
  }

  /** Weights and moments in training, as the host has them. */
  #trainedState(): Map<string, HostTensor> {
    return new Map([...this.#moments, ...this.#graph.trained.map(({ name }): [string, HostTensor] => [name, this.#weight(name)])])
  }

  /** Everything a run on the CPU reads besides its batch. */
  #state(taken: ReadonlyMap<string, HostTensor>): Map<string, HostTensor> {
    return new Map([...this.#model.weights, ...(this.#model.adapter?.tensors ?? []), ...this.#extra, ...this.#moments, ...taken])
  }

  async #stepOnDevice(device: DeviceOptimizer, parts: readonly StepSample[][], totals: StepTotals, taken: ReadonlyMap<string, HostTensor>, into: Map<StepSample, Float32Array>): Promise<Ran> {
    if (!device.begun) {
      await device.begin(this.#trainedState())
      this.#moments.clear()
    }
    let [loss, entropy] = [0, 0]
    for (const [part, samples] of parts.entries()) {
      const { batch, feeds, masks } = this.#feeds(samples, totals, part)
      const outputs = await device.gradients(batch.chunks, new Map([...feeds, ...made(masks)]))
      spread(floatData(outputs, 'logProbs'), batch, samples.map((sample) => into.get(sample) as Float32Array))
      loss += floatData(outputs, 'loss')[0] ?? Number.NaN
      entropy += sumOf(floatData(outputs, 'entropy'))
    }
    return { loss, entropy, outputs: scalars({ gradNorm: await device.apply(taken) }) }
  }

  async #fused(samples: readonly StepSample[], state: Map<string, HostTensor>, totals: StepTotals, into: Map<StepSample, Float32Array>): Promise<Ran> {
    const { batch, feeds, masks } = this.#feeds(samples, totals, 0)
    const session = await this.#model.sessions.get(`train ${batch.chunks} ${this.#key}`, () => fusedStepGraph(this.#graph, batch.chunks))
    const outputs = await session.run(new Map([...state, ...feeds, ...made(masks)]))
    spread(floatData(outputs, 'logProbs'), batch, samples.map((sample) => into.get(sample) as Float32Array))
    return { loss: floatData(outputs, 'loss')[0] ?? Number.NaN, entropy: sumOf(floatData(outputs, 'entropy')), outputs }
  }

  async #accumulated(parts: readonly StepSample[][], state: Map<string, HostTensor>, totals: StepTotals, into: Map<StepSample, Float32Array>): Promise<Ran> {
    const gradients = new Map<string, HostTensor>(this.#graph.trained.map(({ name, shape }) => [gradientName(name), floats(shape)]))
    let [loss, entropy] = [0, 0]
    for (const [part, samples] of parts.entries()) {
      const { batch, feeds, masks } = this.#feeds(samples, totals, part)
      const outputs = this.#blockwise
        ? await blockwiseGradients(this.#model, this.#graph.objective, batch, feeds, masks)
        : await this.#gradients(batch, new Map([...state, ...feeds, ...made(masks)]))
      spread(floatData(outputs, 'logProbs'), batch, samples.map((sample) => into.get(sample) as Float32Array))
      for (const name of gradients.keys()) addInto(floatData(gradients, name), floatData(outputs, name))
      loss += floatData(outputs, 'loss')[0] ?? Number.NaN
      entropy += sumOf(floatData(outputs, 'entropy'))
    }
    if (this.#blockwise) await this.#model.rest()
    const apply = await this.#model.sessions.get(`apply ${this.#key}`, () => applyGraph(this.#graph))
    const outputs = await apply.run(new Map([...state, ...gradients]))
    if (this.#blockwise) await this.#model.rest()
    return { loss, entropy, outputs }
  }

  async #gradients(batch: SequenceBatch, feeds: ReadonlyMap<string, HostTensor>): Promise<ReadonlyMap<string, HostTensor>> {
    const session = await this.#model.sessions.get(`gradients ${batch.chunks} ${this.#key}`, () => gradientGraph(this.#graph, batch.chunks))
    return await session.run(feeds)
  }

  /** One micro-batch as inputs. Dropout is drawn from a stream of this step and part, so that a resumed run draws the same. */
  #feeds(samples: readonly StepSample[], totals: StepTotals, part: number): MicroBatch {
    const { config, adapter, feeder } = this.#model
    const batch = feeder.batch(samples, this.#headRows)
    const feeds = new Map([...batch.feeds, ...objectiveFeeds(samples, batch, totals, this.#graph)])
    const rows = { tokens: feeds.get('rows')?.shape[0] ?? 0, patches: feeds.get('patches')?.shape[0] ?? 0 }
    const masks = adapter ? dropoutMasks(config, adapter, rows, Random.seeded(this.#seed, `dropout ${this.#steps} ${part}`)) : new Map<string, () => HostTensor>()
    return { batch, feeds, masks }
  }

  #corrections(): Map<string, HostTensor> {
    const t = this.#steps + 1
    const { beta1, beta2 } = this.#graph.optimizer
    return scalars({ correction1: 1 - beta1 ** t, correction2: Math.sqrt(1 - beta2 ** t) })
  }

  #adopt(outputs: ReadonlyMap<string, HostTensor>): void {
    this.#setWeights(new Map(this.#graph.trained.map(({ name }) => [name, outputs.get(nextName(name)) as HostTensor])))
    for (const { name } of this.#graph.trained) {
      for (const moment of stateNames(name).slice(1)) this.#moments.set(moment, outputs.get(nextName(moment)) as HostTensor)
    }
  }

  #weight(name: string): HostTensor {
    return (this.#extra.get(name) ?? this.#model.adapter?.tensors.get(name) ?? this.#model.weights.get(name)) as HostTensor
  }

  #setWeights(values: ReadonlyMap<string, HostTensor>): void {
    for (const [name, value] of values) if (this.#extra.has(name)) this.#extra.set(name, value)
    this.#model.replace(values)
  }
}

function trainedParameters(model: VisionLanguageModel, trainable: TrainerOptions['trainable']): TrainedParameter[] {
  if (typeof trainable === 'object') return [...(model.adapter?.tensors ?? [])].map(([name, { shape }]) => ({ name, shape, decay: true }))
  return parametersOf(model.config).filter(({ group }) => trainable === 'all' || group === 'text')
}

/** Adapters alone are trained block by block and on 4 bits; weights that are not float32 in memory are trained in no other way. */
function checkRoad(blockwise: boolean, model: VisionLanguageModel, { trainable, auxiliary }: TrainerOptions): void {
  if (typeof trainable !== 'object' && [...model.weights.values()].some((weight) => weight instanceof QuantizedTensor)) {
    throw new SightlineError('unsupported', 'weights in 4 bits are not trained themselves', { advice: 'train an adapter on them (loraRank), or import the model without quantising it' })
  }
  if (blockwise && (typeof trainable !== 'object' || auxiliary)) {
    throw new SightlineError('bad_input', 'only adapters are trained block by block', { advice: 'give the adapter a rank, or turn blockwise off' })
  }
  if (!blockwise && ![...model.weights.values()].every(isWide)) {
    throw new SightlineError('bad_input', 'the weights were left as they are stored', { advice: 'train block by block, or open the model without that' })
  }
}

interface MicroBatch {
  readonly batch: SequenceBatch
  readonly feeds: Map<string, HostTensor>
  /** Dropout masks by module. */
  readonly masks: ReadonlyMap<string, () => HostTensor>
}

function made(masks: MicroBatch['masks']): [string, HostTensor][] {
  return [...masks].map(([module, make]) => [dropoutName(module), make()])
}

interface Ran {
  readonly loss: number
  /** Summed over the targets. */
  readonly entropy: number
  readonly outputs: ReadonlyMap<string, HostTensor>
}

const STATE_FILE = 'trainer.safetensors'
const STEP = 'step'

function adamWSettings(options: TrainerOptions): AdamWSettings {
  const { beta1, beta2, epsilon, weightDecay, clipNorm } = { ...DEFAULT_ADAMW, ...options }
  return { beta1, beta2, epsilon, weightDecay, clipNorm }
}

function auxiliaryWeights(head: AuxiliaryHead | null, width: number): Map<string, HostTensor> {
  const random = Random.seeded(0, 'auxiliary head')
  return new Map((head ? auxiliaryParameters(head, width) : []).map(({ name, shape }) => {
    const value = floats(shape)
    for (let i = 0; i < value.data.length; i++) value.data[i] = random.normal() / Math.sqrt(width)
    return [name, value]
  }))
}

function scalars(values: Record<string, number>): Map<string, HostTensor> {
  return new Map(Object.entries(values).map(([name, value]) => [name, floats([], Float32Array.of(value))]))
}

function addInto(sum: Float32Array, part: Float32Array): void {
  for (let i = 0; i < sum.length; i++) sum[i] = (sum[i] as number) + (part[i] as number)
}

function sumOf(values: Float32Array): number {
  return values.reduce((a, b) => a + b, 0)
}
