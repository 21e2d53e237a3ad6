import { SightlineError } from '#shared/domain/errors.ts'
import type { Random } from '#shared/domain/random.ts'
import { add, mul } from '#main/onnx/build/elementwise.ts'
import { gemm } from '#main/onnx/build/matmul.ts'
import { Graph } from '#main/onnx/graph.ts'
import type { AnyTensor } from '../runtime/deviceTensor.ts'
import type { SessionCache } from '../runtime/sessionCache.ts'
import { floatData, floats, type HostTensor } from '../runtime/tensor.ts'
import { widened } from '../runtime/widened.ts'
import type { VisionLanguageConfig } from './config.ts'
import { parametersOf } from './families/parameters.ts'
import { type AdaptedModules, loraA, loraB } from './weights.ts'

/** Which linear layers get a low-rank adapter, and of what size (LoRA, Hu et al. 2021; names and meaning as in PEFT). */
export interface LoraSettings {
  readonly rank: number
  readonly alpha: number
  /** Share of an adapter's inputs left out in training. */
  readonly dropout: number
  /** `all-linear` (the head excepted), a regular expression for whole module names, or endings of module names. */
  readonly targets: string | readonly string[]
  /** Whether modules of the vision tower and the merger may be chosen. */
  readonly vision: boolean
  /** Scale by alpha / sqrt(rank) instead of alpha / rank (Kalajdzievski 2023). */
  readonly rslora: boolean
}

export const DEFAULT_LORA: LoraSettings = { rank: 16, alpha: 32, dropout: 0, targets: 'all-linear', vision: false, rslora: false }

/** A and B of every adapted module, y = W x + scale B A x. Never changed in place. */
export interface LoraAdapter extends AdaptedModules {
  readonly settings: LoraSettings
  /** `<module>.lora_A.weight` [rank, in] and `<module>.lora_B.weight` [out, rank]. */
  readonly tensors: ReadonlyMap<string, HostTensor>
}

/** A linear layer of the model: its hub name and its sizes. */
export interface LinearModule {
  readonly name: string
  readonly out: number
  readonly in: number
}

/** Every linear layer an adapter may sit on, in checkpoint order; the head only where it has weights of its own. */
export function linearModules(config: VisionLanguageConfig): LinearModule[] {
  return parametersOf(config).flatMap(({ name, shape }) => {
    if (shape.length !== 2 || name === 'model.embed_tokens.weight') return []
    return [{ name: name.slice(0, -'.weight'.length), out: shape[0] ?? 0, in: shape[1] ?? 0 }]
  })
}

/** A module's name inside transformers 4.52 and later. */
export function memoryName(module: string): string {
  if (module.startsWith('visual.')) return `model.${module}`
  return module.startsWith('model.') ? `model.language_model.${module.slice('model.'.length)}` : module
}

/** The linear layers the settings choose. Throws `bad_input` when a target names none. */
export function adaptedModules(config: VisionLanguageConfig, { targets, vision }: Pick<LoraSettings, 'targets' | 'vision'>): LinearModule[] {
  const modules = linearModules(config).filter(({ name }) => vision || !name.startsWith('visual.'))
  if (targets === 'all-linear') return modules.filter(({ name }) => name !== 'lm_head')
  const tests = typeof targets === 'string' ? [wholeName(targets)] : targets.map((target) => (name: string): boolean => name === target || name.endsWith(`.${target}`))
  const matches = (module: LinearModule, test: (name: string) => boolean): boolean => test(module.name) || test(memoryName(module.name))
  tests.forEach((test, i) => {
    if (modules.some((module) => matches(module, test))) return
    const target = typeof targets === 'string' ? targets : targets[i]
    throw new SightlineError('bad_input', `no ${vision ? '' : 'text '}linear layer is called ${target}`, {
      advice: `choose from ${[...new Set(modules.map(({ name }) => name.slice(name.lastIndexOf('.') + 1)))].join(', ')}${vision ? '' : ', or allow the vision tower'}`
    })
  })
  return modules.filter((module) => tests.some((test) => matches(module, test)))
}

function wholeName(pattern: string): (name: string) => boolean {
  try {
    const expression = new RegExp(`^(?:${pattern})$`, 'u')
    return (name) => expression.test(name)
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause
    throw new SightlineError('bad_input', `the target modules are not a regular expression: ${cause.message}`, { cause })
  }
}

/** A fresh adapter: A uniform in +-1/sqrt(in) (PEFT's Kaiming rule), B zero, so that the model is unchanged at first. */
export function newAdapter(config: VisionLanguageConfig, settings: LoraSettings, random: Random): LoraAdapter {
  const tensors = new Map<string, HostTensor>()
  for (const module of adaptedModules(config, settings)) {
    const a = floats([settings.rank, module.in])
    const bound = 1 / Math.sqrt(module.in)
    for (let i = 0; i < a.data.length; i++) a.data[i] = bound * (2 * random.uniform() - 1)
    tensors.set(loraA(module.name), a)
    tensors.set(loraB(module.name), floats([module.out, settings.rank]))
  }
  return adapterOf(config, settings, tensors)
}

/**
 * An adapter of given tensors. Throws `bad_checkpoint` when they do not fit the model, `unsupported` for dropout before the head
 * (which runs in pieces).
 */
export function adapterOf(config: VisionLanguageConfig, settings: LoraSettings, tensors: ReadonlyMap<string, HostTensor>): LoraAdapter {
  const scales = new Map<string, number>()
  let fitting = 0
  for (const { name, out, in: width } of linearModules(config)) {
    const [a, b] = [tensors.get(loraA(name)), tensors.get(loraB(name))]
    if (!a && !b) continue
    const rank = a?.shape[0] ?? 0
    if (!a || !b || a.shape.join() !== `${rank},${width}` || b.shape.join() !== `${out},${rank}`) {
      throw new SightlineError('bad_checkpoint', `the adapter of ${name} is [${a?.shape.join(', ') ?? ''}] and [${b?.shape.join(', ') ?? ''}], the layer [${out}, ${width}]`)
    }
    scales.set(name, settings.alpha / (settings.rslora ? Math.sqrt(rank) : rank))
    fitting += 2
  }
  if (scales.size === 0 || fitting !== tensors.size) {
    const stray = [...tensors.keys()].find((name) => !scales.has(name.replace(/\.lora_[AB]\.weight$/u, '')))
    throw new SightlineError('bad_checkpoint', stray ? `the adapter sits on ${stray}, which the model does not have` : 'the adapter is empty')
  }
  if (settings.dropout > 0 && scales.has('lm_head')) throw new SightlineError('unsupported', 'dropout before the head', { advice: 'set the dropout to 0 or leave lm_head out' })
  return { settings, scales, dropout: settings.dropout, tensors }
}

/** All weights as float32, those of adapted modules as W + scale B A. */
export async function mergeAdapter(
  weights: ReadonlyMap<string, HostTensor>, adapter: LoraAdapter | null, sessions: SessionCache
): Promise<Map<string, HostTensor>> {
  const merged = new Map<string, HostTensor>()
  for (const [name, weight] of weights) merged.set(name, await mergeWeight(name, weight, adapter, sessions))
  return merged
}

/** One weight as float32 with its adapter's share, if it has one. */
export async function mergeWeight(name: string, weight: HostTensor, adapter: LoraAdapter | null, sessions: SessionCache): Promise<HostTensor<'f32'>> {
  const module = name.replace(/\.weight$/u, '')
  const scale = module === name ? undefined : adapter?.scales.get(module)
  const wide = widened(weight)
  if (!adapter || scale === undefined) return wide
  const session = await sessions.get('merge', mergeGraph)
  const feeds = new Map<string, HostTensor>([
    ['weight', wide], ['a', adapter.tensors.get(loraA(module)) as HostTensor], ['b', adapter.tensors.get(loraB(module)) as HostTensor],
    ['scale', floats([], Float32Array.of(scale))]
  ])
  return floats(weight.shape, floatData(await session.run(feeds), 'merged'))
}

/** The adapted modules' weights with the adapter's share, made on the device from tensors that are there: the caller disposes of them. */
export async function mergeOnDevice(tensors: ReadonlyMap<string, AnyTensor>, { scales }: AdaptedModules, sessions: SessionCache): Promise<Map<string, AnyTensor>> {
  const session = await sessions.get('merge on the device', mergeGraph, { keep: ['merged'] })
  const merged = new Map<string, AnyTensor>()
  for (const [module, scale] of scales) {
    const feeds = new Map<string, AnyTensor>([['scale', floats([], Float32Array.of(scale))]])
    for (const [input, name] of [['weight', `${module}.weight`], ['a', loraA(module)], ['b', loraB(module)]] as const) feeds.set(input, tensors.get(name) as AnyTensor)
    merged.set(`${module}.weight`, (await session.runKeeping(feeds)).get('merged') as AnyTensor)
  }
  return merged
}

function mergeGraph(): Graph {
  const graph = new Graph()
  const [a, b] = [graph.input('a', ['R', 'I']), graph.input('b', ['O', 'R'])]
  graph.output('merged', add(graph.input('weight', ['O', 'I']), gemm(mul(b, graph.input('scale', [])), a)))
  return graph
}
