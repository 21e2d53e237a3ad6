import { gatherRows } from '#main/onnx/build/gather.ts'
import { reshape, transpose } from '#main/onnx/build/layout.ts'
import { dimAt } from '#main/onnx/dims.ts'
import type { Graph, Value } from '#main/onnx/graph.ts'
import { cachedAttention, type KeysValues, oneQueryAttention } from './cachedAttention.ts'
import type { TextConfig, VisionLanguageConfig } from './config.ts'
import { type Attend, decoderStack, embedTokens, languageHead } from './families/text.ts'
import type { Weights } from './weights.ts'

export const pastName = (kind: 'k' | 'v', layer: number): string => `past.${kind}.${layer}`
export const newName = (kind: 'k' | 'v', layer: number): string => `new.${kind}.${layer}`

/** The cache of one layer as an input [B, kvHeads, S, d]. */
export function pastInput(graph: Graph, text: TextConfig, kind: 'k' | 'v', layer: number): Value {
  return graph.input(pastName(kind, layer), ['B', text.kvHeads, 'S', text.headDim])
}

/**
 * Extends B sequences by T tokens each, over a cache of S places that it only reads (none with `empty`): prefill (T > 1) and
 * single-token decoding alike. The last block goes on with the last token of each sequence alone. Inputs: `ids` [B, T], `rows` [B*T] and
 * `features` [M, width] as in embedTokens, `cos` and `sin` [B*T, d/2], `bias` [B, 1, 1, S] (0 for places in use, -1e9 for the others),
 * `causal` [T, T] likewise among the new tokens, whose padding comes last, `last` [B] the row whose logits are wanted and `ends` [B] its
 * place among the T, the caches [B, kvHeads, S, d]. Outputs: `logits` [B, vocabulary] and each layer's new rows [B, kvHeads, T, d].
 */
export function extendGraph(graph: Graph, config: VisionLanguageConfig, weights: Weights, empty: boolean): void {
  const { text } = config
  const half = text.headDim / 2
  const ids = reshape(graph.input('ids', ['B', 'T'], 'i64'), ['B*T'])
  const features = graph.input('features', ['M', text.hiddenSize])
  const embedded = embedTokens(ids, graph.input('rows', ['B*T'], 'i64'), features, weights)
  const angles = { cos: graph.input('cos', ['B*T', half]), sin: graph.input('sin', ['B*T', half]) }
  const causal = graph.input('causal', ['T', 'T'])
  const biases = { past: empty ? causal : graph.input('bias', ['B', 1, 1, 'S']), recent: causal }
  const last = graph.input('last', ['B'], 'i64')
  const lastBias = reshape(gatherRows(causal, graph.input('ends', ['B'], 'i64')), ['B', 1, 1, 1, 'T'])
  const heads = (x: Value, count: number): Value => transpose(reshape(x, ['B', 'T', count, text.headDim]), [0, 2, 1, 3])
  const attend: Attend = (q, k, v, layer) => {
    const past = empty ? null : { k: pastInput(graph, text, 'k', layer), v: pastInput(graph, text, 'v', layer) }
    const recent = { k: graph.output(newName('k', layer), heads(k, text.kvHeads)), v: graph.output(newName('v', layer), heads(v, text.kvHeads)) }
    if (layer === text.layers - 1) {
      const bias = { past: empty ? lastBias : reshape(biases.past, ['B', 1, 1, 1, 'S']), recent: lastBias }
      return oneQueryAttention(q, past && byQuery(past), byQuery(recent), bias, text)
    }
    const mixed = cachedAttention(heads(q, text.heads), past, recent, biases, text.headDim ** -0.5)
    return reshape(transpose(mixed, [0, 2, 1, 3]), ['B*T', text.heads * text.headDim])
  }
  const hidden = decoderStack(embedded, text, weights, angles, attend, { lastRows: last })
  graph.output('logits', languageHead(hidden, text, weights))
}

/** Places [B, kvHeads, S, d] as [B, kvHeads, 1, S, d]. */
export function byQuery({ k, v }: KeysValues): KeysValues {
  const shaped = (x: Value): Value => reshape(x, ['B', dimAt(x.shape, 1), 1, dimAt(x.shape, 2), dimAt(x.shape, 3)])
  return { k: shaped(k), v: shaped(v) }
}
