import { InferenceSession, Tensor } from 'onnxruntime-node'
import type { DeviceName } from '#shared/domain/device.ts'
import { SightlineError } from '#shared/domain/errors.ts'
import type { Graph } from '#main/onnx/graph.ts'
import { verify } from '#main/onnx/verify.ts'
import { forWebGpu } from '#main/onnx/webgpu.ts'
import { writeModel } from '#main/onnx/write.ts'
import { StoredTensor } from './storedTensor.ts'
import type { HostTensor, HostType } from './tensor.ts'

export interface SessionSettings {
  /** Intra-operation threads; the physical cores are best. */
  readonly threads?: number
  /** `basic` keeps float64 graphs as written (higher levels fuse into float32-only kernels). */
  readonly optimization?: 'basic' | 'all'
  /** Default `cpu`. All sessions of a process on `webgpu` belong to one thread: two at once crash the runtime. */
  readonly device?: DeviceName
  /** Prefix of a profile file written at `close`, for benchmarks. */
  readonly profile?: string
}

const ORT_TYPES: Readonly<Record<HostType, Tensor.Type>> = { f32: 'float32', f16: 'float16', f64: 'float64', i32: 'int32', i64: 'int64', bool: 'bool' }
const HOST_TYPES: Readonly<Record<string, HostType>> = { float32: 'f32', float64: 'f64', int32: 'i32', int64: 'i64', bool: 'bool' }

/** Weights are fed to every run; their wrappers are made once. */
const wrappers = new WeakMap<HostTensor, Tensor>()

/** A graph ready to run. On the CPU inputs are read in place and a run blocks the thread; outputs are new tensors in host memory. */
export class Session {
  readonly #session: InferenceSession
  readonly #profiled: boolean
  readonly #device: DeviceName

  private constructor(session: InferenceSession, settings: SessionSettings) {
    this.#session = session
    this.#profiled = settings.profile !== undefined
    this.#device = settings.device ?? 'cpu'
  }

  /** Verifies, writes and loads a graph. Throws `bad_graph` with the runtime's words when it refuses the model, `device` when there is no such device. */
  static async open(graph: Graph, settings: SessionSettings = {}): Promise<Session> {
    verify(graph)
    const { device = 'cpu' } = settings
    const options: InferenceSession.SessionOptions = {
      executionProviders: [device],
      executionMode: 'sequential',
      enableCpuMemArena: true,
      enableMemPattern: false,
      graphOptimizationLevel: settings.optimization ?? 'all',
      // The graphics provider logs what it also throws.
      logSeverityLevel: device === 'webgpu' ? 4 : 3,
      ...(settings.threads === undefined ? {} : { intraOpNumThreads: settings.threads }),
      ...(settings.profile === undefined ? {} : { enableProfiling: true, profileFilePrefix: settings.profile })
    }
    try {
      return new Session(await InferenceSession.create(writeModel(device === 'webgpu' ? forWebGpu(graph) : graph), options), settings)
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
   * back. Throws `out_of_memory` or `bad_graph` with the runtime's words.
   */
  async run(feeds: ReadonlyMap<string, HostTensor>, fetches: readonly string[] = this.#session.outputNames): Promise<Map<string, HostTensor>> {
    const inputs: Record<string, Tensor> = {}
    for (const name of this.#session.inputNames) {
      const value = feeds.get(name)
      if (!value) throw new SightlineError('bad_graph', `input ${name} was not given`)
      inputs[name] = wrapped(value)
    }
    try {
      const outputs = await this.#session.run(inputs, fetches)
      return new Map(fetches.map((name) => [name, unwrapped(name, outputs[name])]))
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
  const host: HostTensor = { dtype, shape: value.dims, data: value.data as HostTensor['data'] }
  wrappers.set(host, value)
  return host
}

function deviceError(cause: unknown): SightlineError {
  const words = messageOf(cause)
  const message = words.includes('RequestAdapterStatus') ? 'no graphics adapter was found' : `the graphics device failed: ${words}`
  return new SightlineError('device', message, {
    where: 'webgpu', cause, advice: 'See what the adapter can do with `sightline devices --probe`'
  })
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause)
}
