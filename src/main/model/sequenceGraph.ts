import { attention } from '#main/onnx/build/attention.ts'
import { exp, mul, neg } from '#main/onnx/build/elementwise.ts'
import { gatherRows } from '#main/onnx/build/gather.ts'
import { reshape, transpose } from '#main/onnx/build/layout.ts'
import { tokenLogProb } from '#main/onnx/build/normalize.ts'
import { reduceSum } from '#main/onnx/build/reduce.ts'
import type { Graph, Value } from '#main/onnx/graph.ts'
import type { VisionLanguageConfig } from './config.ts'
import { type Attend, decoderStack, embedTokens, languageHead } from './families/text.ts'
import { visionTower } from './families/vision.ts'
import type { Weights } from './weights.ts'

/** Values of the whole-sequence forward pass that scoring and training share. */
export interface SequenceValues {
  /** [K, 1] log p of each target under the full softmax at temperature 1. */
  readonly logProbs: Value
  /** [K, 1] entropy of the distribution each target was drawn from; not differentiable. */
  readonly entropy: Value
  /** [M, outWidth] visual features. */
  readonly features: Value
}

/**
 * Whole right-padded sequences at once: the inputs of `sequenceFeeds` (sequenceFeeds.ts), logits only at the K rows that predict a
 * target. Padding comes after every real token, so the causal mask alone keeps it out.
 */
export function sequenceGraph(graph: Graph, config: VisionLanguageConfig, weights: Weights): SequenceValues {
  const features = visionTower(graph, config.vision, weights)
  const hidden = hiddenStates(graph, config, weights, features)
  const logits = languageHead(gatherRows(hidden, graph.input('predicting', ['K'], 'i64')), config.text, weights)
  const { picked, all } = tokenLogProb(logits, graph.input('targets', ['K', 1], 'i64'))
  return { logProbs: picked, entropy: neg(reduceSum(mul(exp(all), all), [-1])), features }
}

/** Logits of every row [B*T, vocabulary], for comparison with other implementations. */
export function logitsGraph(graph: Graph, config: VisionLanguageConfig, weights: Weights): Value {
  return languageHead(hiddenStates(graph, config, weights, visionTower(graph, config.vision, weights)), config.text, weights)
}

function hiddenStates(graph: Graph, config: VisionLanguageConfig, weights: Weights, features: Value): Value {
  const { text } = config
  const ids = reshape(graph.input('ids', ['B', 'T'], 'i64'), ['B*T'])
  const embedded = embedTokens(ids, graph.input('rows', ['B*T'], 'i64'), features, weights)
  const angles = { cos: graph.input('cos', ['B*T', text.headDim / 2]), sin: graph.input('sin', ['B*T', text.headDim / 2]) }
  const causal = graph.input('causal', ['T', 'T'])
  const heads = (x: Value, count: number): Value => transpose(reshape(x, ['B', 'T', count, text.headDim]), [0, 2, 1, 3])
  const attend: Attend = (q, k, v) => {
    const mixed = attention(heads(q, text.heads), heads(k, text.kvHeads), heads(v, text.kvHeads), causal, text.headDim ** -0.5)
    return reshape(transpose(mixed, [0, 2, 1, 3]), ['B*T', text.heads * text.headDim])
  }
  return decoderStack(embedded, text, weights, angles, attend)
}
