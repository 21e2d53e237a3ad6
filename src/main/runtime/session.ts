import { dirname } from 'node:path'
import { InferenceSession, Tensor } from 'onnxruntime-node'
import type { DeviceName } from '#shared/domain/device.ts'
import { SightlineError } from '#shared/domain/errors.ts'
import type { Graph } from '#main/onnx/graph.ts'
import { LARGEST_TABLE, splitTables } from '#main/onnx/splitTables.ts'
import { verify } from '#main/onnx/verify.ts'
import { forWebGpu } from '#main/onnx/webgpu.ts'
import { writeModel } from '#main/onnx/write.ts'
import { type AnyTensor, bufferOf, DeviceTensor } from './deviceTensor.ts'
import { StoredTensor } from './storedTensor.ts'
import type { HostTensor, HostType } from './tensor.ts'

export interface SessionSettings {
  /** Intra-operation threads; the physical cores are best. */
  readonly threads?: number
  /** `basic` keeps float64 graphs as written (higher levels fuse into float32-only kernels). */
  readonly optimization?: 'basic' | 'all'
  /** Default `cpu`. All sessions of a process on `webgpu` belong to one thread: two at once crash the runtime. */
  readonly device?: DeviceName
  /** Outputs that `runKeeping` leaves on the device; on the CPU they come back like all others. */
  readonly keep?: readonly string[]
  /** Refuse a graph of which a node would run on the CPU (WebGPU, and only for graphs whose sizes are all fixed). */
  readonly wholly?: boolean
  /** Bytes of the largest table a graph on the device is given whole; larger ones are inputs in parts (`partName`). */
  readonly largestTable?: number
  /** Prefix of a profile file written at `close`, for benchmarks. */
  readonly profile?: string
}

const ORT_TYPES: Readonly<Record<HostType, Tensor.Type>> = { f32: 'float32', f16: 'float16', f64: 'float64', i32: 'int32', i64: 'int64', u8: 'uint8', bool: 'bool' }
const HOST_TYPES: Readonly<Record<string, HostType>> = { float32: 'f32', float64: 'f64', int32: 'i32', int64: 'i64', uint8: 'u8', bool: 'bool', float16: 'f16' }

/** Weights are fed to every run; their wrappers are made once. */
const wrappers = new WeakMap<HostTensor, Tensor>()

/**
 * A graph ready to run. On the CPU inputs are read in place and a run blocks the thread; outputs are new tensors in host memory. On the
 * device inputs in host memory are brought there for each run, those that are `DeviceTensor`s are read where they lie.
 */
export class Session {
  readonly #session: InferenceSession
  readonly #profiled: boolean
  readonly #device: DeviceName
  readonly #keep: readonly string[]

  private constructor(session: InferenceSession, settings: SessionSettings) {
    this.#session = session
    this.#profiled = settings.profile !== undefined
    this.#device = settings.device ?? 'cpu'
    this.#keep = settings.device === 'webgpu' ? settings.keep ?? [] : []
  }

  /** Verifies, writes and loads a graph. Throws `bad_graph` with the runtime's words when it refuses the model, `device` when there is no such device. */
  static async open(graph: Graph, settings: SessionSettings = {}): Promise<Session> {
    verify(graph)
    const { device = 'cpu' } = settings
    try {
      const written = device === 'webgpu' ? forWebGpu(splitTables(graph, settings.largestTable ?? LARGEST_TABLE)) : graph
      return new Session(await InferenceSession.create(writeModel(written), optionsOf(settings, folderOfConstants(written))), settings)
    } catch (cause) {
      if (cause instanceof SightlineError) throw cause
      if (/adapter|webgpu.*(device|instance)/i.test(messageOf(cause))) throw deviceError(cause)
      throw new SightlineError('bad_graph', `the runtime refused the graph: ${messageOf(cause)}`, { cause })
    }
  }

  get inputNames(): readonly string[] {
    return this.#session.inputNames
  }

  /**
   * Runs the graph. `feeds` may hold more than the graph's inputs (all weights, say); `fetches` limits which outputs are copied
   * back, all of them to host memory. Throws `out_of_memory`, `device` or `bad_graph` with the runtime's words, `bad_graph` for a tensor
   * on the device that is to be read on the CPU, and for a session that keeps outputs there.
   */
  async run(feeds: ReadonlyMap<string, AnyTensor>, fetches: readonly string[] = this.#session.outputNames): Promise<Map<string, HostTensor>> {
    if (this.#keep.length > 0) throw new SightlineError('bad_graph', `output ${this.#keep[0]} stays on the device`)
    const outputs = await this.#run(feeds, fetches)
    return new Map(fetches.map((name) => [name, unwrapped(name, outputs[name])]))
  }

  /** All outputs; what the settings keep on the device stays there, and the caller disposes of it. On the CPU nothing does. */
  async runKeeping(feeds: ReadonlyMap<string, AnyTensor>): Promise<Map<string, AnyTensor>> {
    // The runtime wants all outputs fetched as soon as it is told where one belongs.
    const names = this.#session.outputNames
    const outputs = await this.#run(feeds, names)
    return new Map(names.map((name) => [name, this.#keep.includes(name) ? kept(name, outputs[name]) : unwrapped(name, outputs[name])]))
  }

  /**
   * Runs the graph and writes outputs into tensors on the device, of which it may read some: an update in place. No node of the graph may
   * read one and write it at once (the device refuses that), and none may read it after it is written. The session must keep nothing:
   * one that does would write elsewhere.
   */
  async runInto(feeds: ReadonlyMap<string, AnyTensor>, into: ReadonlyMap<string, DeviceTensor>): Promise<void> {
    if (this.#device === 'cpu' || this.#keep.length > 0) throw new SightlineError('bad_graph', 'only a session on the device that keeps nothing writes in place')
    await this.#run(feeds, Object.fromEntries([...into].map(([name, tensor]) => [name, bufferOf(tensor)])))
  }

  async #run(feeds: ReadonlyMap<string, AnyTensor>, fetches: readonly string[] | Record<string, Tensor>): Promise<InferenceSession.OnnxValueMapType> {
    const inputs: Record<string, Tensor> = {}
    for (const name of this.#session.inputNames) {
      const value = feeds.get(name)
      if (!value) throw new SightlineError('bad_graph', `input ${name} was not given`)
      if (value instanceof DeviceTensor && this.#device === 'cpu') throw new SightlineError('bad_graph', `input ${name} is on the device, the graph on the CPU`)
      inputs[name] = value instanceof DeviceTensor ? bufferOf(value) : wrapped(value)
    }
    try {
      return await this.#session.run(inputs, fetches)
    } catch (cause) {
      const message = messageOf(cause)
      if (this.#device === 'webgpu') throw deviceError(cause)
      const code = /alloc|memory/i.test(message) ? 'out_of_memory' : 'bad_graph'
      throw new SightlineError(code, `the run failed: ${message}`, { cause })
    }
  }

  async close(): Promise<void> {
    if (this.#profiled) this.#session.endProfiling()
    await this.#session.release()
  }
}

/** The folder of the constants that stay in files; null where none do. Throws `bad_graph` when there are several: the runtime knows one. */
function folderOfConstants({ constants }: Graph): string | null {
  const folders = new Set(constants.flatMap(({ data }) => ('path' in data ? [dirname(data.path)] : [])))
  if (folders.size > 1) throw new SightlineError('bad_graph', `constants lie in ${folders.size} folders`, { where: [...folders].join(', ') })
  return [...folders][0] ?? null
}

function optionsOf({ device = 'cpu', keep = [], optimization = 'all', ...settings }: SessionSettings, folder: string | null): InferenceSession.SessionOptions {
  const extra = { ...(settings.wholly === true && { disable_cpu_ep_fallback: '1' }), ...(folder !== null && { model_external_initializers_file_folder_path: folder }) }
  return {
    executionProviders: [device],
    executionMode: 'sequential',
    enableCpuMemArena: true,
    enableMemPattern: false,
    graphOptimizationLevel: optimization,
    // The graphics provider logs what it also throws.
    logSeverityLevel: device === 'webgpu' ? 4 : 3,
    ...(settings.threads === undefined ? {} : { intraOpNumThreads: settings.threads }),
    ...(settings.profile === undefined ? {} : { enableProfiling: true, profileFilePrefix: settings.profile }),
    ...(device === 'webgpu' && keep.length > 0 ? { preferredOutputLocation: Object.fromEntries(keep.map((name) => [name, 'gpu-buffer'])) } : {}),
    ...(Object.keys(extra).length > 0 ? { extra: { session: extra } } : {})
  }
}

function wrapped(value: HostTensor): Tensor {
  const known = wrappers.get(value)
  if (known) return known
  const { dtype, shape, data } = value
  const made = new Tensor(ORT_TYPES[dtype], data, shape)
  // Tensor turns float16 patterns into a Float16Array, which the runtime's addon takes for empty: it must get the patterns.
  if (dtype === 'f16') Object.defineProperty(made, 'data', { value: data })
  if (!(value instanceof StoredTensor)) wrappers.set(value, made)
  return made
}

function unwrapped(name: string, value: Tensor | undefined): HostTensor {
  const dtype = value && HOST_TYPES[value.type]
  if (!value || !dtype) throw new SightlineError('bad_graph', `output ${name} has an unexpected type ${value?.type}`)
  const { buffer, byteOffset } = value.data as Float32Array
  const data = dtype === 'f16' ? new Uint16Array(buffer, byteOffset, value.size) : value.data as HostTensor['data']
  const host: HostTensor = { dtype, shape: value.dims, data }
  // A float16 output must be wrapped anew: see `wrapped`.
  if (dtype !== 'f16') wrappers.set(host, value)
  return host
}

function kept(name: string, value: Tensor | undefined): DeviceTensor {
  const dtype = value && HOST_TYPES[value.type]
  if (!value || !dtype) throw new SightlineError('bad_graph', `output ${name} has an unexpected type ${value?.type}`)
  return DeviceTensor.of(value, dtype)
}

function deviceError(cause: unknown): SightlineError {
  const words = messageOf(cause)
  const message = words.includes('RequestAdapterStatus') ? 'no graphics adapter was found' : `the graphics device failed: ${words}`
  return new SightlineError('device', message, {
    where: 'webgpu', cause, advice: 'Go on on the CPU (`--device cpu`), or see what the adapter can do with `sightline devices --probe`'
  })
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause)
}
