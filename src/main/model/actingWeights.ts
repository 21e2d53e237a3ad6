import type { Graph } from '#main/onnx/graph.ts'
import { type AnyTensor, disposeAll } from '../runtime/deviceTensor.ts'
import { QuantizedTensor } from '../runtime/quantizedTensor.ts'
import type { SessionCache } from '../runtime/sessionCache.ts'
import type { HostTensor } from '../runtime/tensor.ts'
import { isWide } from '../runtime/widened.ts'
import type { DeviceWeights } from './deviceWeights.ts'
import { type LoraAdapter, mergeOnDevice, mergeWeight } from './lora.ts'
import { type AdaptedModules, loraA, loraB, quantizedInput, type Weights, type WeightShape, weightInputs } from './weights.ts'

/** Whose weights act; read anew at every use, since training replaces them. */
interface ActingModel {
  readonly weights: ReadonlyMap<string, HostTensor>
  readonly adapter: LoraAdapter | null
  readonly onDevice: DeviceWeights | null
  readonly sessions: SessionCache
  readonly settings: { readonly blockwise?: boolean }
}

/** Tensors made for one adapter. */
interface Made {
  readonly adapter: LoraAdapter | null
  readonly tensors: Promise<ReadonlyMap<string, AnyTensor>>
  free(): void
}

/**
 * The weights of a model as they act when it writes and when it is scored whole: in float32 with the adapter added. Matrices in 4 bits
 * stay so, held by the graphs on the CPU and fed to those on the device, and their adapters act beside them. A model that goes block by
 * block reads its pictures that way too, so its tower is left out.
 */
export class ActingWeights {
  readonly #model: ActingModel
  #made: Made | null = null

  constructor(model: ActingModel) {
    this.#model = model
  }

  /** What graphs with `inputs` are fed, among others: on the device where the model runs there. */
  async tensors(): Promise<ReadonlyMap<string, AnyTensor>> {
    const { adapter, onDevice, weights } = this.#model
    if (onDevice) {
      const plain = await onDevice.all(this.#deviceHosts())
      return adapter ? new Map([...plain, ...await this.#madeFor(adapter, () => this.#mergeThere(adapter, plain)).tensors]) : plain
    }
    if (!adapter && [...weights.values()].every(isWide)) return weights
    return await this.#madeFor(adapter, () => ({ tensors: this.#mergeHere(adapter), free: () => undefined })).tensors
  }

  /** Declares the weights in a graph. */
  inputs(graph: Graph): Weights {
    const { adapter, onDevice, weights } = this.#model
    const shapes = new Map<string, WeightShape>(weights)
    for (const [name, { shape, parts }] of quantizedOf(weights)) {
      shapes.set(name, onDevice ? { shape, quantized: true } : { shape, held: parts })
      shapes.set(quantizedInput(name).scales, { shape: parts.scales.shape, half: false })
    }
    for (const [name, tensor] of adapter?.tensors ?? []) shapes.set(name, tensor)
    return weightInputs(graph, shapes, this.#beside())
  }

  /** Names what a graph with `inputs` depends on besides the model. */
  get signature(): string {
    const { scales } = this.#beside() ?? {}
    return [...scales ?? []].map(([module, scale]) => ` ${module}*${scale}:${this.#model.adapter?.tensors.get(loraA(module))?.shape[0]}`).join('')
  }

  /** Whether graphs hold weights themselves: each has a copy then, and one graph that does for two is better than both. */
  get inGraphs(): boolean {
    return this.#model.onDevice === null && quantizedOf(this.#model.weights).length > 0
  }

  /** Gives what was made back; the next use makes it again. */
  forget(): void {
    this.#made?.free()
    this.#made = null
  }

  #madeFor(adapter: LoraAdapter | null, make: () => Omit<Made, 'adapter'>): Made {
    if (this.#made?.adapter === adapter) return this.#made
    this.forget()
    return (this.#made = { adapter, ...make() })
  }

  async #mergeHere(adapter: LoraAdapter | null): Promise<ReadonlyMap<string, HostTensor>> {
    const { weights, sessions } = this.#model
    const merged = new Map<string, HostTensor>(this.#besideTensors())
    for (const [name, weight] of weights) {
      if (!(weight instanceof QuantizedTensor) && !this.#leftOut(name)) merged.set(name, await mergeWeight(name, weight, adapter, sessions))
    }
    return merged
  }

  #mergeThere(adapter: LoraAdapter, plain: ReadonlyMap<string, AnyTensor>): Omit<Made, 'adapter'> {
    const beside = this.#beside()?.scales
    const scales = new Map([...adapter.scales].filter(([module]) => beside?.has(module) !== true && !this.#leftOut(module)))
    const tensors = mergeOnDevice(plain, { scales, dropout: 0 }, this.#model.sessions)
    return { tensors, free: () => void tensors.then((made) => disposeAll(made.values())) }
  }

  /** Host tensors by the names they have on the device. */
  #deviceHosts(): Map<string, HostTensor> {
    const { adapter, weights } = this.#model
    const hosts = new Map<string, HostTensor>(adapter?.tensors)
    for (const [name, weight] of weights) {
      if (this.#leftOut(name)) continue
      if (!(weight instanceof QuantizedTensor)) hosts.set(name, weight)
      else for (const [part, input] of Object.entries(quantizedInput(name))) hosts.set(input, weight.parts[part as keyof typeof weight.parts])
    }
    return hosts
  }

  /** The adapter on matrices in 4 bits. */
  #beside(): AdaptedModules | null {
    const { adapter, weights } = this.#model
    const scales = new Map([...adapter?.scales ?? []].filter(([module]) => weights.get(`${module}.weight`) instanceof QuantizedTensor))
    return scales.size > 0 ? { scales, dropout: 0 } : null
  }

  #besideTensors(): [string, HostTensor][] {
    const modules = [...this.#beside()?.scales.keys() ?? []]
    return modules.flatMap((module) => [loraA(module), loraB(module)]).map((name) => [name, this.#model.adapter?.tensors.get(name) as HostTensor])
  }

  #leftOut(name: string): boolean {
    return this.#model.settings.blockwise === true && name.startsWith('visual.')
  }
}

function quantizedOf(weights: ReadonlyMap<string, HostTensor>): [string, QuantizedTensor][] {
  return [...weights].filter((entry): entry is [string, QuantizedTensor] => entry[1] instanceof QuantizedTensor)
}
