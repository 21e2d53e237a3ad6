import { add, div, min, mul, scalar, sqrt, sub } from '#main/onnx/build/elementwise.ts'
import { totalSquare } from '#main/onnx/build/reduce.ts'
import type { Graph, Value } from '#main/onnx/graph.ts'

export interface AdamWSettings {
  readonly beta1: number
  readonly beta2: number
  readonly epsilon: number
  /** Decoupled, on matrices only. */
  readonly weightDecay: number
  /** Gradients are scaled down to this global norm. */
  readonly clipNorm: number
}

export const DEFAULT_ADAMW: AdamWSettings = { beta1: 0.9, beta2: 0.95, epsilon: 1e-8, weightDecay: 0.01, clipNorm: 1 }

export interface Trained {
  readonly name: string
  readonly decay: boolean
  readonly weight: Value
  readonly gradient: Value
}

/** Output names of a step for one parameter; the moments of a step are fed under the same names as they come back. */
export const nextName = (name: string): string => `next/${name}`
export const firstMoment = (name: string): string => `m/${name}`
export const secondMoment = (name: string): string => `v/${name}`

/** Global norm of gradients. */
export function globalNorm(gradients: readonly Value[]): Value {
  return sqrt(gradients.map((gradient) => totalSquare(gradient)).reduce((a, b) => add(a, b)))
}

/**
 * AdamW with a global norm clip (Loshchilov and Hutter 2019; PyTorch's order: decay, then the bias-corrected step) inside the graph.
 * Inputs: moments by name, `learningRate`, `correction1` = 1 - beta1^t, `correction2` = sqrt(1 - beta2^t). Outputs: next weights
 * and moments, by `nextName`. `norm` is that of all gradients before the clip (`globalNorm`): a step with a non-finite one is not to be
 * taken over. With `inPlace` outputs may be written over the inputs (`Session.runInto`): no operation reads a tensor that it writes, for
 * which weights that do not decay are multiplied by the input `one`.
 */
export function adamW(graph: Graph, trained: readonly Trained[], settings: AdamWSettings, norm: Value, inPlace = false): void {
  const rate = graph.input('learningRate', [])
  const stepSize = div(rate, graph.input('correction1', []))
  const correction2 = graph.input('correction2', [])
  const scale = min(div(scalar(graph, settings.clipNorm), add(norm, 1e-6)), 1)
  const gain1 = mul(scale, 1 - settings.beta1)
  const gain2 = mul(mul(scale, scale), 1 - settings.beta2)
  const keep = sub(1, mul(rate, settings.weightDecay))
  const one = inPlace ? graph.input('one', []) : null
  for (const { name, decay, weight, gradient } of trained) {
    const m = add(mul(graph.input(firstMoment(name), weight.shape), settings.beta1), mul(gradient, gain1))
    const v = add(mul(graph.input(secondMoment(name), weight.shape), settings.beta2), mul(mul(gradient, gradient), gain2))
    const denominator = add(div(sqrt(v), correction2), settings.epsilon)
    const kept = decay && settings.weightDecay > 0 ? mul(weight, keep) : one ? mul(weight, one) : weight
    graph.output(nextName(name), sub(kept, mul(div(m, denominator), stepSize)))
    graph.output(nextName(firstMoment(name)), m)
    graph.output(nextName(secondMoment(name)), v)
  }
}

/** Names of what a step changes of a parameter: the weight and its moments. */
export function stateNames(name: string): [string, string, string] {
  return [name, firstMoment(name), secondMoment(name)]
}
