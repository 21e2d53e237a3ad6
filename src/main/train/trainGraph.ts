import { add } from '#main/onnx/build/elementwise.ts'
import { Graph, type Value } from '#main/onnx/graph.ts'
import { backward } from '../autodiff/backward.ts'
import type { VisionLanguageConfig } from '../model/config.ts'
import { sequenceGraph } from '../model/sequenceGraph.ts'
import { weightInputs } from '../model/weights.ts'
import { type AuxiliaryHead, auxiliaryLoss, type Objective, objectiveLoss } from './lossGraph.ts'
import { adamW, type AdamWSettings } from './optimizer.ts'

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
}

export const gradientName = (name: string): string => `gradient/${name}`

/** Forward, loss, gradients and AdamW in one run: outputs `loss`, `logProbs`, `entropy`, `gradNorm`, next weights and moments. */
export function fusedStepGraph(settings: TrainGraphSettings): Graph {
  const { graph, weights, gradients } = lossAndGradients(settings)
  adamW(graph, settings.trained.map(({ name, decay }, i) => ({ name, decay, weight: weights(name), gradient: gradients[i] as Value })), settings.optimizer)
  return graph
}

/** Forward, loss and gradients: outputs `loss`, `logProbs`, `entropy` and `gradient/<name>`, to be summed over micro-batches. */
export function gradientGraph(settings: TrainGraphSettings): Graph {
  const { graph, gradients } = lossAndGradients(settings)
  settings.trained.forEach(({ name }, i) => graph.output(gradientName(name), gradients[i] as Value))
  return graph
}

/** AdamW on given gradients. */
export function applyGraph({ trained, tensors, optimizer }: TrainGraphSettings): Graph {
  const graph = new Graph()
  const weights = weightInputs(graph, tensors)
  const updates = trained.map(({ name, shape, decay }) => ({ name, decay, weight: weights(name), gradient: graph.input(gradientName(name), shape) }))
  adamW(graph, updates, optimizer)
  return graph
}

function lossAndGradients({ config, tensors, trained, objective, auxiliary }: TrainGraphSettings): {
  graph: Graph; weights: (name: string) => Value; gradients: Value[]
} {
  const graph = new Graph()
  const weights = weightInputs(graph, tensors)
  const { logProbs, entropy, features } = sequenceGraph(graph, config, weights)
  const main = objectiveLoss(graph, objective, logProbs)
  const loss = auxiliary ? add(main, auxiliaryLoss(graph, auxiliary, features, weights)) : main
  const gradients = backward(loss, trained.map(({ name }) => weights(name)))
  graph.output('loss', loss)
  graph.output('logProbs', logProbs)
  graph.output('entropy', entropy)
  return { graph, weights, gradients }
}
