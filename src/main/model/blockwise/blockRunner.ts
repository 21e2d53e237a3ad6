import type { DeviceName } from '#shared/domain/device.ts'
import type { BlockInputs } from '#shared/domain/modelFacts.ts'
import { mul } from '#main/onnx/build/elementwise.ts'
import { total } from '#main/onnx/build/reduce.ts'
import { Graph, type Value } from '#main/onnx/graph.ts'
import { backward } from '../../autodiff/backward.ts'
import type { Session } from '../../runtime/session.ts'
import { SessionCache } from '../../runtime/sessionCache.ts'
import type { DeviceCopies } from '../../runtime/deviceCopies.ts'
import type { AnyTensor } from '../../runtime/deviceTensor.ts'
import { QuantizedTensor } from '../../runtime/quantizedTensor.ts'
import { newData, StoredTensor } from '../../runtime/storedTensor.ts'
import { elementCount, type HostTensor } from '../../runtime/tensor.ts'
import { QUERY_BLOCKS } from '../causalAttention.ts'
import type { VisionLanguageConfig } from '../config.ts'
import { type AdaptedModules, dropoutName, loraA, loraB, quantizedInput, type WeightShape, weightInputs } from '../weights.ts'
import { type Block, type BlockKind, type BlockSettings, buildBlock } from './block.ts'
import { RESIDENT_BYTES, WHOLE_SLICE } from './limits.ts'
import { ResidentTensors } from './residentTensors.ts'

/** What is run: a configuration, its tensors in memory or in files, and the adapter on them. */
export interface BlockwiseModel {
  readonly config: VisionLanguageConfig
  readonly weights: ReadonlyMap<string, HostTensor>
  readonly adapter: (AdaptedModules & { readonly tensors: ReadonlyMap<string, HostTensor> }) | null
  readonly settings: BlockwiseSettings
}

export interface BlockwiseSettings {
  readonly threads?: number
  readonly device?: DeviceName
  /** How the inputs of blocks wait for the backward pass; default float32 in memory. */
  readonly blockInputs?: BlockInputs
  /** Folder of the file they may wait in. */
  readonly scratch?: string
  /** Bytes of frozen weights that stay on the device; what is beyond is brought there for each run. */
  readonly residentBytes?: number
  /** Bytes of the device's largest buffer. */
  readonly largestBuffer?: number
  /** Tensors on the graphics device that other models of the process read too; left out: the model's own. */
  readonly copies?: DeviceCopies
}

type Feeds = ReadonlyMap<string, HostTensor>

/** Makes the dropout mask of an adapted module [rows, in], the same one each time. */
export type MaskMakers = ReadonlyMap<string, () => HostTensor>

/** Gradient rows of a block's input, where asked for, and those of its adapters by name. */
export interface BlockGradients {
  readonly dx: HostTensor | null
  readonly adapters: ReadonlyMap<string, HostTensor>
}

/**
 * An open session keeps the memory of its largest run. Two let windowed and full blocks of a tower take turns; those of earlier parts of
 * the model are closed. Where a block is small, a session costs more to make than to keep.
 */
const OPEN_SESSIONS = { small: 16, large: 2 }
/** Weights of a decoder layer's MLP. */
const LARGE = 2 ** 20

/** Runs single blocks forward and backward, each with its own tensors in the graph of its kind. */
export class BlockRunner {
  readonly sessions: SessionCache
  readonly large: boolean
  /** What stays on the graphics device, where the blocks run there. */
  readonly residents: ResidentTensors | null
  readonly #model: BlockwiseModel
  readonly #names = new Map<string, readonly string[]>()
  /** Room for tensors from files, used again by the next block of the kind. */
  readonly #room = new Map<string, HostTensor>()

  constructor(model: BlockwiseModel) {
    const { config: { text }, settings: { threads, device = 'cpu', residentBytes = RESIDENT_BYTES, copies } } = model
    this.#model = model
    this.large = 3 * text.hiddenSize * text.intermediateSize > LARGE
    this.residents = device === 'webgpu' ? new ResidentTensors(residentBytes, copies) : null
    this.sessions = new SessionCache({ device, ...(threads === undefined ? {} : { threads }) }, this.large ? OPEN_SESSIONS.large : OPEN_SESSIONS.small)
  }

  /** Names of a block's adapter tensors. */
  adapters(block: Block): string[] {
    return this.#modules(block).flatMap((module) => [loraA(module), loraB(module)])
  }

  /** The block on its input rows; `feeds` hold positions and attention tables. */
  async forward(block: Block, x: HostTensor | null, feeds: Feeds, masks: MaskMakers | null): Promise<HostTensor> {
    const tensors = await this.#load(block, masks)
    const settings = this.#settings(block, feeds)
    const session = await this.#session(`forward ${JSON.stringify(settings)}`, block, tensors, (graph, weights) => {
      graph.output('y', buildBlock(graph, block.kind, this.#model.config, weights, settings))
    })
    const outputs = await session.run(new Map<string, AnyTensor>([...feeds, ...tensors, ...(x ? [['x', x] as const] : [])]))
    return outputs.get('y') as HostTensor
  }

  /** Computes the block again and walks back through it from `dy`. */
  async backward(block: Block, x: HostTensor, dy: HostTensor, feeds: Feeds, masks: MaskMakers | null, wantDx: boolean): Promise<BlockGradients> {
    const tensors = await this.#load(block, masks)
    const names = new Map(this.adapters(block).map((name) => [name, inGraph(name, block)]))
    const settings = this.#settings(block, feeds)
    const session = await this.#session(`backward ${JSON.stringify(settings)} ${wantDx}`, block, tensors, (graph, weights) => {
      const y = buildBlock(graph, block.kind, this.#model.config, weights, settings)
      const input = graph.inputs.find(({ name }) => name === 'x') as Value
      const wrt = [...(wantDx ? [input] : []), ...[...names.values()].map((name) => weights(name))]
      const gradients = backward(total(mul(y, graph.input('dy', y.shape))), wrt)
      gradients.forEach((gradient, i) => graph.output(wantDx && i === 0 ? 'dx' : `gradient/${wrt[i]?.name}`, gradient))
    })
    const outputs = await session.run(new Map<string, AnyTensor>([...feeds, ...tensors, ['x', x], ['dy', dy]]))
    return {
      dx: wantDx ? outputs.get('dx') as HostTensor : null,
      adapters: new Map([...names].map(([name, short]) => [name, outputs.get(`gradient/${short}`) as HostTensor]))
    }
  }

  /** Frees sessions and room; the next run makes them again. */
  async rest(): Promise<void> {
    this.#room.clear()
    await this.sessions.close()
  }

  /** Frees what stays on the device too. */
  async close(): Promise<void> {
    await this.rest()
    await this.residents?.close()
  }

  /** What a block is too large to keep. Dropout masks are for all rows of an MLP at once. */
  #settings({ kind }: Block, feeds: Feeds): BlockSettings {
    const size = (name: string, axis: number): number => feeds.get(name)?.shape[axis] ?? 1
    const masked = (this.#model.adapter?.dropout ?? 0) > 0
    if (kind === 'decoder') {
      const queryBlocks = size('causal', 1) / size('causal', 0)
      const large = queryBlocks > QUERY_BLOCKS
      return { queryBlocks, attentionAgain: large, mlpAgain: large && !masked }
    }
    const slices = kind === 'slices' && size('slices.index', 1) > WHOLE_SLICE
    return { queryBlocks: QUERY_BLOCKS, attentionAgain: slices, mlpAgain: slices && !masked }
  }

  #session(key: string, block: Block, tensors: ReadonlyMap<string, AnyTensor>, build: (graph: Graph, weights: ReturnType<typeof weightInputs>) => void): Promise<Session> {
    const { adapter } = this.#model
    const scales = new Map(this.#modules(block).map((module) => [inGraph(module, block), adapter?.scales.get(module) ?? 1]))
    const shapes = new Map<string, WeightShape>([...tensors].map(([name, { shape, dtype }]) => [name, { shape, half: dtype === 'f16' }]))
    for (const name of this.#tensorNames(block)) {
      const weight = this.#model.weights.get(name)
      if (this.residents && weight instanceof QuantizedTensor) shapes.set(inGraph(name, block), { shape: weight.shape, quantized: true })
    }
    // Inputs are left out in training alone, which brings the masks.
    const dropout = [...tensors.keys()].some((name) => name.startsWith('dropout/')) ? adapter?.dropout ?? 0 : 0
    return this.sessions.get(`${key} ${dropout} ${signature(block.kind, shapes, scales)}`, () => {
      const graph = new Graph()
      build(graph, weightInputs(graph, shapes, { scales, dropout }))
      return graph
    })
  }

  /**
   * The block's tensors, its adapters and their masks, by their names in the graph of its kind. Matrices in 4 bits stay so on the device; the
   * kernels of the CPU would unpack what they are fed, in every run and more slowly than it is done here.
   */
  async #load(block: Block, masks: MaskMakers | null): Promise<Map<string, AnyTensor>> {
    const { adapter, weights } = this.#model
    const tensors = new Map<string, AnyTensor>()
    const inputs = this.#tensorNames(block).map((name): [string, HostTensor] => [inGraph(name, block), weights.get(name) as HostTensor])
    for (const [name, weight] of this.residents ? inputs.flatMap(([name, weight]) => inputsOf(name, weight)) : inputs) {
      const read = (): HostTensor => this.#inMemory(name, weight)
      tensors.set(name, this.residents ? await this.residents.of(weight, read) : read())
    }
    for (const name of this.adapters(block)) tensors.set(inGraph(name, block), adapter?.tensors.get(name) as HostTensor)
    for (const module of this.#modules(block)) {
      const mask = masks?.get(module)
      if (mask) tensors.set(dropoutName(inGraph(module, block)), mask())
    }
    return tensors
  }

  #inMemory(name: string, tensor: HostTensor): HostTensor {
    if (!(tensor instanceof StoredTensor || tensor instanceof QuantizedTensor)) return tensor
    const { dtype, shape } = tensor
    const key = `${name} ${dtype}`
    const room = this.#room.get(key) ?? { dtype, shape, data: newData(dtype, elementCount(shape)) }
    this.#room.set(key, room)
    if (tensor instanceof QuantizedTensor) tensor.readInto(room.data as Float32Array)
    else tensor.readInto(room.data as typeof tensor.data)
    return room
  }

  #tensorNames({ prefix }: Block): readonly string[] {
    const known = this.#names.get(prefix) ?? [...this.#model.weights.keys()].filter((name) => name.startsWith(prefix))
    this.#names.set(prefix, known)
    return known
  }

  #modules({ prefix }: Block): string[] {
    return [...this.#model.adapter?.scales.keys() ?? []].filter((module) => module.startsWith(prefix))
  }
}

/** A weight as the inputs it is fed by. */
function inputsOf(name: string, weight: HostTensor): [string, HostTensor][] {
  if (!(weight instanceof QuantizedTensor)) return [[name, weight]]
  const { packed, scales, zeroPoints } = weight.parts
  const names = quantizedInput(name)
  return [[names.packed, packed], [names.scales, scales], [names.zeroPoints, zeroPoints]]
}

function inGraph(name: string, { prefix, graphPrefix }: Block): string {
  return graphPrefix + name.slice(prefix.length)
}

/** Blocks whose tensors have the same types and whose adapters the same ranks and scales share a session. */
function signature(kind: BlockKind, shapes: ReadonlyMap<string, WeightShape>, scales: ReadonlyMap<string, number>): string {
  const ranks = [...scales].map(([module, scale]) => `${module}*${scale}:${shapes.get(loraA(module))?.shape[0]}`)
  const single = [...shapes].filter(([name, { half }]) => !half && !name.includes('.lora_') && !name.startsWith('dropout/'))
  return [kind, ...ranks, ...single.map(([name, { quantized }]) => (quantized ? `${name}:4` : name))].join(' ')
}
