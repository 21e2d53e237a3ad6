import { SightlineError } from '#shared/domain/errors.ts'
import { add, cast, mul, where } from '#main/onnx/build/elementwise.ts'
import { linear } from '#main/onnx/build/matmul.ts'
import { BLOCK_VALUES, quantizedLinear, type QuantizedMatrix } from '#main/onnx/build/quantized.ts'
import type { ConstantData, Graph, Value } from '#main/onnx/graph.ts'
import type { QuantizedParts } from '../runtime/quantizedTensor.ts'
import { StoredTensor } from '../runtime/storedTensor.ts'
import type { HostTensor } from '../runtime/tensor.ts'

/** The weights of a graph by their checkpoint names. */
export interface Weights {
  (name: string): Value
  /** The linear layer of a module on rows [..., in]: its weight [out, in], its bias where the checkpoint has one, its adapter's share. */
  linear(x: Value, module: string): Value
  /** The same weights read in a loop's body. */
  inside(body: Graph): Weights
}

/** Low-rank adapters inside a graph: the factor of each adapted module, and the share of inputs left out in training (LoRA, Hu et al. 2021). */
export interface AdaptedModules {
  readonly scales: ReadonlyMap<string, number>
  /** 0, or the probability p of the mask inputs `dropout/<module>` (true where an input is kept, and multiplied by 1 / (1 - p)). */
  readonly dropout: number
}

export const loraA = (module: string): string => `${module}.lora_A.weight`
export const loraB = (module: string): string => `${module}.lora_B.weight`
export const dropoutName = (module: string): string => `dropout/${module}`

/** What a graph must know of a weight. */
export interface WeightShape {
  readonly shape: readonly number[]
  /** It is fed as float16 and widened inside the graph. */
  readonly half?: boolean
  /** It is fed as the three parts of a matrix in 4 bits (`quantizedInput`), which only linear layers read. */
  readonly quantized?: boolean
  /** These parts, held by the graph itself: the runtime lays constants out for its kernels once, inputs anew in every run. */
  readonly held?: QuantizedParts
}

/** Input names of the parts of a matrix in 4 bits. */
export const quantizedInput = (name: string): Record<keyof QuantizedMatrix, string> => (
  { packed: `${name}.packed`, scales: `${name}.scales`, zeroPoints: `${name}.zero_points` })

/** Where the weights of a graph come from. */
interface Source {
  weight(name: string): Value
  matrix(name: string, known: WeightShape): QuantizedMatrix
  /** The mask of a module's dropped inputs, of their shape. */
  mask(module: string, x: Value): Value
}

/** Weights as graph inputs, declared on first use with the shapes of the given tensors. With `adapted`, these hold the adapters too. */
export function weightInputs(graph: Graph, tensors: ReadonlyMap<string, WeightShape>, adapted: AdaptedModules | null = null): Weights {
  const declared = new Map<string, Value>()
  const once = (name: string, make: () => Value): Value => {
    const value = declared.get(name) ?? make()
    declared.set(name, value)
    return value
  }
  const matrices = new Map<string, QuantizedMatrix>()
  const source: Source = {
    weight: (name) => once(name, () => {
      const known = tensors.get(name)
      if (!known) throw new SightlineError('bad_checkpoint', `the checkpoint has no tensor ${name}`)
      return known.half ? cast(graph.input(name, known.shape, 'f16'), graph.float) : graph.input(name, known.shape)
    }),
    matrix: (name, { shape, held }) => {
      const known = matrices.get(name) ?? (held ? heldMatrix(graph, name, held) : quantizedInputs(graph, name, shape, tensors.get(quantizedInput(name).scales)?.half !== false))
      matrices.set(name, known)
      return known
    },
    mask: (module, x) => once(dropoutName(module), () => graph.input(dropoutName(module), x.shape, 'bool'))
  }
  return weightsFrom(source, tensors, adapted, (value) => value)
}

/** `here` brings a value of the graph that declares the weights into the one that reads them. */
function weightsFrom(source: Source, tensors: ReadonlyMap<string, WeightShape>, adapted: AdaptedModules | null, here: (value: Value) => Value): Weights {
  const weight = (name: string): Value => here(source.weight(name))
  const plain = (x: Value, module: string): Value => {
    const name = `${module}.weight`
    const bias = tensors.has(`${module}.bias`) ? weight(`${module}.bias`) : undefined
    const known = tensors.get(name)
    if (!known?.quantized && !known?.held) return linear(x, weight(name), bias)
    const { packed, scales, zeroPoints } = source.matrix(name, known)
    return quantizedLinear(x, { packed: here(packed), scales: here(scales), zeroPoints: here(zeroPoints) }, bias)
  }
  const share = (x: Value, module: string, { dropout }: AdaptedModules, scale: number): Value => {
    const kept = dropout === 0 ? x : mul(where(here(source.mask(module, x)), x, 0), 1 / (1 - dropout))
    return linear(mul(linear(kept, weight(loraA(module))), scale), weight(loraB(module)))
  }
  return Object.assign(weight, {
    linear: (x: Value, module: string): Value => {
      const scale = adapted?.scales.get(module)
      return adapted && scale !== undefined ? add(plain(x, module), share(x, module, adapted, scale)) : plain(x, module)
    },
    inside: (body: Graph): Weights => weightsFrom(source, tensors, adapted, (value) => body.capture(value))
  })
}

function heldMatrix(graph: Graph, name: string, parts: QuantizedParts): QuantizedMatrix {
  const held = (key: string, tensor: HostTensor<'u8' | 'f16'>): Value =>
    graph.constant(key, tensor.dtype, tensor.shape, (): ConstantData => (tensor instanceof StoredTensor ? tensor.place : tensor.data))
  const names = quantizedInput(name)
  return { packed: held(names.packed, parts.packed), scales: cast(held(names.scales, parts.scales), graph.float), zeroPoints: held(names.zeroPoints, parts.zeroPoints) }
}

function quantizedInputs(graph: Graph, name: string, [out = 0, width = 0]: readonly number[], halfScales: boolean): QuantizedMatrix {
  const names = quantizedInput(name)
  const blocks = width / BLOCK_VALUES
  return {
    packed: graph.input(names.packed, [out, blocks, BLOCK_VALUES / 2], 'u8'),
    scales: halfScales ? cast(graph.input(names.scales, [out, blocks], 'f16'), graph.float) : graph.input(names.scales, [out, blocks]),
    zeroPoints: graph.input(names.zeroPoints, [out, blocks / 2], 'u8')
  }
}

/** Throws `bad_checkpoint` unless every expected tensor is there with its shape, naming the first that is not. */
export function checkWeights(tensors: ReadonlyMap<string, HostTensor>, expected: readonly { readonly name: string; readonly shape: readonly number[] }[]): void {
  for (const { name, shape } of expected) {
    const got = tensors.get(name)
    if (!got) throw new SightlineError('bad_checkpoint', `the checkpoint has no tensor ${name}`)
    if (got.shape.join() !== shape.join()) {
      throw new SightlineError('bad_checkpoint', `${name} is [${got.shape.join(', ')}], the configuration asks for [${shape.join(', ')}]`)
    }
  }
}
