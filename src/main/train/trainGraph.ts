import { add } from '#main/onnx/build/elementwise.ts'
import { Graph, type Value } from '#main/onnx/graph.ts'
import { backward } from '../autodiff/backward.ts'
import type { VisionLanguageConfig } from '../model/config.ts'
import { sequenceGraph } from '../model/sequenceGraph.ts'
import { type AdaptedModules, type Weights, weightInputs } from '../model/weights.ts'
import { type AuxiliaryHead, auxiliaryLoss, type Objective, objectiveLoss } from './lossGraph.ts'
import { adamW, type AdamWSettings, globalNorm, nextName } from './optimizer.ts'

/** A trained tensor: its name, and whether weight decay applies. */
export interface TrainedParameter {
  readonly name: string
  readonly shape: readonly number[]
  readonly decay: boolean
}

export interface TrainGraphSettings {
  readonly config: VisionLanguageConfig
  /** Shapes of all weights, those of the auxiliary head included. */
  readonly tensors: ReadonlyMap<string, { readonly shape: readonly number[] }>
  readonly trained: readonly TrainedParameter[]
  readonly objective: Objective
  readonly auxiliary: AuxiliaryHead | null
  readonly optimizer: AdamWSettings
  /** The adapter's modules; `tensors` then holds its A and B too. */
  readonly adapted?: AdaptedModules | null
  /** Blocks keep only their inputs and are computed again in the backward pass. */
  readonly recompute?: boolean
}

export const gradientName = (name: string): string => `gradient/${name}`
export const sumName = (name: string): string => `sum/${name}`

/** Forward, loss, gradients and AdamW in one run, the head in `chunks` pieces: outputs `loss`, `logProbs`, `entropy`, `gradNorm`, next weights and moments. */
export function fusedStepGraph(settings: TrainGraphSettings, chunks = 1): Graph {
  const { graph, weights, gradients } = lossAndGradients(settings, chunks)
  const norm = globalNorm(gradients)
  adamW(graph, settings.trained.map(({ name, decay }, i) => ({ name, decay, weight: weights(name), gradient: gradients[i] as Value })), settings.optimizer, norm)
  graph.output('gradNorm', norm)
  return graph
}

/** Forward, loss and gradients: outputs `loss`, `logProbs`, `entropy` and `gradient/<name>`, to be summed over micro-batches. */
export function gradientGraph(settings: TrainGraphSettings, chunks = 1): Graph {
  const { graph, gradients } = lossAndGradients(settings, chunks)
  settings.trained.forEach(({ name }, i) => graph.output(gradientName(name), gradients[i] as Value))
  return graph
}

/** AdamW on given gradients; with `inPlace` their norm is an input too, and the outputs may be written over weights and moments. */
export function applyGraph({ trained, tensors, optimizer }: TrainGraphSettings, inPlace = false): Graph {
  const graph = new Graph()
  const weights = weightInputs(graph, tensors)
  const updates = trained.map(({ name, shape, decay }) => ({ name, decay, weight: weights(name), gradient: graph.input(gradientName(name), shape) }))
  const norm = inPlace ? graph.input('gradNorm', []) : globalNorm(updates.map(({ gradient }) => gradient))
  adamW(graph, updates, optimizer, norm, inPlace)
  if (!inPlace) graph.output('gradNorm', norm)
  return graph
}

/** The global norm of given gradients. */
export function normGraph({ trained }: TrainGraphSettings): Graph {
  const graph = new Graph()
  graph.output('gradNorm', globalNorm(trained.map(({ name, shape }) => graph.input(gradientName(name), shape))))
  return graph
}

/** The gradients of one more micro-batch added to those before it: inputs `gradient/<name>` and `sum/<name>`, outputs `next/sum/<name>`. */
export function sumGraph({ trained }: TrainGraphSettings): Graph {
  const graph = new Graph()
  for (const { name, shape } of trained) graph.output(nextName(sumName(name)), add(graph.input(sumName(name), shape), graph.input(gradientName(name), shape)))
  return graph
}

function lossAndGradients({ config, tensors, trained, objective, auxiliary, adapted = null, recompute = false }: TrainGraphSettings, chunks: number): {
  graph: Graph; weights: Weights; gradients: Value[]
} {
  const graph = new Graph()
  const weights = weightInputs(graph, tensors, adapted)
  const { logProbs, entropy, features } = sequenceGraph(graph, config, weights, { recompute, chunks })
  const main = objectiveLoss(graph, objective, logProbs)
  const loss = auxiliary ? add(main, auxiliaryLoss(graph, auxiliary, features, weights)) : main
  const gradients = backward(loss, trained.map(({ name }) => weights(name)))
  graph.output('loss', loss)
  graph.output('logProbs', logProbs)
  graph.output('entropy', entropy)
  return { graph, weights, gradients }
}
