import { add, div, exp, mul, neg } from '#main/onnx/build/elementwise.ts'
import { gatherElements, gatherRows } from '#main/onnx/build/gather.ts'
import { reshape } from '#main/onnx/build/layout.ts'
import { logSoftmax } from '#main/onnx/build/normalize.ts'
import { argMax, reduceSum } from '#main/onnx/build/reduce.ts'
import type { Graph, Value } from '#main/onnx/graph.ts'
import { oneQueryAttention } from './cachedAttention.ts'
import type { VisionLanguageConfig } from './config.ts'
import { byQuery, pastInput } from './extendGraph.ts'
import { type Attend, decoderStack, languageHead } from './families/text.ts'
import type { Weights } from './weights.ts'

/** How a step takes its token: the likeliest, a draw in the graph, or not at all (its logits come back and the host draws). */
export type StepChoice = 'greedy' | 'sampled' | 'host'

/** Places for the tokens written since, of which only some are in use: a shape of its own for each token would be compiled for the device anew. */
export const RECENT_PLACES = 32

export const recentName = (kind: 'k' | 'v', layer: number): string => `recent.${kind}.${layer}`
export const grownName = (kind: 'k' | 'v', layer: number): string => `grown.${kind}.${layer}`

/**
 * Writes one token of B sequences whose keys and values stay on the graphics device: those of before [B, kvHeads, S, d] are only read, those
 * written since [B, kvHeads, R, d] (none with `first`) come back with one more, in the place where `here` [R, 1] is 1. Inputs: `ids` [B]
 * the last tokens, `cos` and `sin` [B, d/2], `bias` [B, 1, 1, S] and `recentBias` [R] (0 for places in use, that of this token among
 * them), the caches, `banned` [vocabulary] for greedy, `noise` [B, vocabulary] and `temperature` for sampled.
 * Outputs: `tokens`, `logProbs` (full softmax at temperature 1) and `entropies` [B], or `logits` [B, vocabulary] for the host; the grown
 * caches [B, kvHeads, R, d].
 */
export function stepGraph(graph: Graph, { text }: VisionLanguageConfig, weights: Weights, choice: StepChoice, first: boolean): void {
  const half = text.headDim / 2
  const bias = reshape(graph.input('bias', ['B', 1, 1, 'S']), ['B', 1, 1, 1, 'S'])
  const here = graph.input('here', [RECENT_PLACES, 1])
  const recentBias = reshape(graph.input('recentBias', [RECENT_PLACES]), [1, 1, 1, 1, RECENT_PLACES])
  const grown = (kind: 'k' | 'v', rows: Value, layer: number): Value => {
    const fresh = reshape(rows, ['B', text.kvHeads, 1, text.headDim])
    const placed = mul(fresh, here)
    if (first) return graph.output(grownName(kind, layer), placed)
    const before = graph.input(recentName(kind, layer), ['B', text.kvHeads, RECENT_PLACES, text.headDim])
    return graph.output(grownName(kind, layer), add(before, placed))
  }
  const attend: Attend = (q, k, v, layer) => {
    const past = byQuery({ k: pastInput(graph, text, 'k', layer), v: pastInput(graph, text, 'v', layer) })
    return oneQueryAttention(q, past, byQuery({ k: grown('k', k, layer), v: grown('v', v, layer) }), { past: bias, recent: recentBias }, text)
  }
  const angles = { cos: graph.input('cos', ['B', half]), sin: graph.input('sin', ['B', half]) }
  const embedded = gatherRows(weights('model.embed_tokens.weight'), graph.input('ids', ['B'], 'i64'))
  const logits = languageHead(decoderStack(embedded, text, weights, angles, attend), text, weights)
  if (choice === 'host') {
    graph.output('logits', logits)
    return
  }
  const tokens = argMax(choice === 'greedy'
    ? add(logits, graph.input('banned', [text.vocabSize]))
    : add(div(logits, graph.input('temperature', [])), graph.input('noise', ['B', text.vocabSize])))
  const all = logSoftmax(logits)
  graph.output('tokens', tokens)
  graph.output('logProbs', reshape(gatherElements(all, reshape(tokens, ['B', 1])), ['B']))
  graph.output('entropies', neg(reduceSum(mul(exp(all), all), [-1], false)))
}
