import type { DeviceWeights } from '../model/deviceWeights.ts'
import type { VisionLanguageModel } from '../model/visionLanguageModel.ts'
import { type AnyTensor, type DeviceTensor, disposeAll } from '../runtime/deviceTensor.ts'
import { floatData, floats, type HostTensor } from '../runtime/tensor.ts'
import { nextName, stateNames } from './optimizer.ts'
import { applyGraph, gradientGraph, gradientName, normGraph, sumGraph, sumName, type TrainGraphSettings } from './trainGraph.ts'

/**
 * The optimizer's side of a model on the graphics device: trained weights and moments stay there and are changed in place, gradients are
 * summed there; what comes back of a step are loss, log-probabilities, entropies and the norm.
 */
export class DeviceOptimizer {
  readonly #model: VisionLanguageModel
  readonly #onDevice: DeviceWeights
  readonly #graph: TrainGraphSettings
  /** What the graphs depend on. */
  readonly #key: string
  readonly #state: readonly string[]
  readonly #gradients: readonly string[]
  #begun = false
  #sum: Map<string, AnyTensor> | null = null

  constructor(model: VisionLanguageModel, onDevice: DeviceWeights, graph: TrainGraphSettings, key: string) {
    this.#model = model
    this.#onDevice = onDevice
    this.#graph = graph
    this.#key = key
    this.#state = graph.trained.flatMap(({ name }) => stateNames(name))
    this.#gradients = graph.trained.map(({ name }) => gradientName(name))
  }

  /** Whether weights and moments are on the device and newer than the host's. */
  get begun(): boolean {
    return this.#begun
  }

  /** Brings weights and moments to the device; the moments of the host may be forgotten then. */
  async begin(state: ReadonlyMap<string, HostTensor>): Promise<void> {
    await this.#onDevice.take(state)
    this.#begun = true
  }

  /** The host's weights and moments count again. */
  drop(): void {
    this.#onDevice.drop()
    this.#begun = false
  }

  /** Trained weights and moments as they are now. */
  async download(): Promise<ReadonlyMap<string, HostTensor>> {
    return await this.#onDevice.download()
  }

  /** Runs one micro-batch and adds its gradients to those of the step; its `loss`, `logProbs` and `entropy`. */
  async gradients(chunks: number, feeds: ReadonlyMap<string, HostTensor>): Promise<Map<string, HostTensor>> {
    const session = await this.#model.sessions.get(`gradients ${chunks} ${this.#key}`, () => gradientGraph(this.#graph, chunks), { keep: this.#gradients })
    const outputs = await session.runKeeping(new Map<string, AnyTensor>([...await this.#model.tensors(), ...this.#own(), ...feeds]))
    const found = new Map(this.#gradients.map((name) => [name, outputs.get(name) as AnyTensor]))
    this.#sum = this.#sum ? await this.#added(this.#sum, found) : found
    return new Map(['loss', 'logProbs', 'entropy'].map((name) => [name, outputs.get(name) as HostTensor]))
  }

  /** Takes the step on the summed gradients, unless their norm is not finite; the norm before the clip. */
  async apply(scalars: ReadonlyMap<string, HostTensor>): Promise<number> {
    const gradients = this.#sum ?? new Map<string, AnyTensor>()
    this.#sum = null
    try {
      const norms = await this.#model.sessions.get(`norm ${this.#key}`, () => normGraph(this.#graph))
      const norm = floatData(await norms.run(gradients), 'gradNorm')[0] ?? Number.NaN
      if (!Number.isFinite(norm)) return norm
      const session = await this.#model.sessions.get(`apply ${this.#key}`, () => applyGraph(this.#graph, true))
      const state = this.#own()
      const given: [string, HostTensor][] = [['gradNorm', floats([], Float32Array.of(norm))], ['one', floats([], Float32Array.of(1))]]
      await session.runInto(new Map<string, AnyTensor>([...state, ...gradients, ...scalars, ...given]), new Map([...state].map(([name, tensor]) => [nextName(name), tensor])))
      return norm
    } finally {
      disposeAll(gradients.values())
    }
  }

  async #added(before: Map<string, AnyTensor>, found: Map<string, AnyTensor>): Promise<Map<string, AnyTensor>> {
    try {
      const names = this.#graph.trained.map(({ name }) => name)
      const session = await this.#model.sessions.get(`sum ${this.#key}`, () => sumGraph(this.#graph), { keep: names.map((name) => nextName(sumName(name))) })
      const sums = names.map((name): [string, AnyTensor] => [sumName(name), before.get(gradientName(name)) as AnyTensor])
      const outputs = await session.runKeeping(new Map([...sums, ...found]))
      return new Map(names.map((name) => [gradientName(name), outputs.get(nextName(sumName(name))) as AnyTensor]))
    } finally {
      disposeAll([...before.values(), ...found.values()])
    }
  }

  #own(): Map<string, DeviceTensor> {
    return new Map(this.#state.map((name) => [name, this.#onDevice.own(name)]))
  }
}
