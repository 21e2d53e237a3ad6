import { groupedRows } from '#main/onnx/build/attention.ts'
import { add } from '#main/onnx/build/elementwise.ts'
import { gatherRows } from '#main/onnx/build/gather.ts'
import { concat, reshape, split, transpose } from '#main/onnx/build/layout.ts'
import { matmul } from '#main/onnx/build/matmul.ts'
import { softmax } from '#main/onnx/build/normalize.ts'
import { sum } from '#main/onnx/dims.ts'
import type { Graph, Value } from '#main/onnx/graph.ts'
import type { VisionLanguageConfig } from './config.ts'
import { type Attend, decoderStack, embedTokens, languageHead } from './families/text.ts'
import type { Weights } from './weights.ts'

export const pastName = (kind: 'k' | 'v', layer: number): string => `past.${kind}.${layer}`
export const newName = (kind: 'k' | 'v', layer: number): string => `new.${kind}.${layer}`

/**
 * Extends B sequences by T tokens each, over a cache of S places that it only reads: prefill (T > 1) and single-token decoding alike.
 * Inputs: `ids` [B, T], `rows` [B*T] and `features` [M, width] as in embedTokens, `cos` and `sin` [B*T, d/2], `bias` [B, 1, T, S+T]
 * (0 where a token may look, -1e9 elsewhere), `last` [B] the row whose logits are wanted, the caches [B, kvHeads, S, d]. Outputs:
 * `logits` [B, vocabulary] and each layer's new rows [B, kvHeads, T, d].
 */
export function extendGraph(graph: Graph, config: VisionLanguageConfig, weights: Weights): void {
  const { text } = config
  const half = text.headDim / 2
  const ids = reshape(graph.input('ids', ['B', 'T'], 'i64'), ['B*T'])
  const features = graph.input('features', ['M', text.hiddenSize])
  const embedded = embedTokens(ids, graph.input('rows', ['B*T'], 'i64'), features, weights)
  const angles = { cos: graph.input('cos', ['B*T', half]), sin: graph.input('sin', ['B*T', half]) }
  const bias = graph.input('bias', ['B', 1, 'T', sum(['S', 'T'])])
  const heads = (x: Value, count: number): Value => transpose(reshape(x, ['B', 'T', count, text.headDim]), [0, 2, 1, 3])
  const attend: Attend = (q, k, v, layer) => {
    const past = (kind: 'k' | 'v'): Value => graph.input(pastName(kind, layer), ['B', text.kvHeads, 'S', text.headDim])
    const newK = graph.output(newName('k', layer), heads(k, text.kvHeads))
    const newV = graph.output(newName('v', layer), heads(v, text.kvHeads))
    const mixed = cachedAttention(heads(q, text.heads), [past('k'), newK], [past('v'), newV], bias, text.headDim ** -0.5)
    return reshape(transpose(mixed, [0, 2, 1, 3]), ['B*T', text.heads * text.headDim])
  }
  const hidden = decoderStack(embedded, text, weights, angles, attend)
  graph.output('logits', languageHead(gatherRows(hidden, graph.input('last', ['B'], 'i64')), text, weights))
}

/** Attention over past and new keys without joining them in memory: only the scores are joined. */
function cachedAttention(q: Value, [pastK, newK]: [Value, Value], [pastV, newV]: [Value, Value], bias: Value, scale: number): Value {
  const rows = groupedRows(q, newK)
  const width = q.shape.slice(0, 3)
  const scores = (keys: Value): Value => reshape(matmul(rows, keys, { transB: true, alpha: scale }), [...width, keys.shape[2] ?? 1])
  const weights = softmax(add(concat([scores(pastK), scores(newK)], 3), bias))
  const [old, fresh] = split(weights, ['S', 'T'], 3) as [Value, Value]
  return reshape(add(matmul(groupedRows(old, newK), pastV), matmul(groupedRows(fresh, newK), newV)), q.shape)
}
