import { exp, greaterOrEqual, mul, neg, sub } from '#main/onnx/build/elementwise.ts'
import { gatherElements, gatherRows } from '#main/onnx/build/gather.ts'
import { concat, reshape } from '#main/onnx/build/layout.ts'
import { loop, type LoopBody } from '#main/onnx/build/loop.ts'
import { logSoftmax } from '#main/onnx/build/normalize.ts'
import { reduceSum, total } from '#main/onnx/build/reduce.ts'
import type { Graph, Value } from '#main/onnx/graph.ts'
import type { Dim, Shape } from '#main/onnx/types.ts'
import { type KeysValues, oneQueryAttention } from './cachedAttention.ts'
import { type Choice, type ChoiceKind, choiceInputs, choose } from './choiceGraph.ts'
import type { VisionLanguageConfig } from './config.ts'
import { byQuery, newName, pastInput } from './extendGraph.ts'
import { type Attend, decoderStack, languageHead } from './families/text.ts'
import type { Weights } from './weights.ts'

/** The inputs around the loop that its body reads. */
interface LoopInputs {
  readonly cos: Value
  readonly sin: Value
  readonly bias: Value
  readonly stop: Value
  readonly choice: Choice
  /** Caches by layer, each [B, kvHeads, 1, S, d]. */
  readonly past: readonly KeysValues[]
}

/**
 * Writes up to K tokens of B sequences in one run. The cache of S places is only read; what the loop adds is carried in small caches of
 * its own. Inputs: `count` (K, int64), `ids` [B] the last token of each, `active` [B] (1 for sequences that are still written), `cos` and
 * `sin` [K, B, d/2], `bias` [B, 1, 1, S], `stop` [vocabulary] (1 for ids that end a sequence), the caches, `empty` [B, kvHeads, 1, 0, d],
 * and those of choiceGraph.ts. It ends early once no sequence is active. Outputs for the N iterations taken: `tokens`, `logProbs` (full
 * softmax at temperature 1), `entropies` [N, B], and each layer's new rows [B, kvHeads, 1, N, d]. What follows a sequence's stop id is
 * to be thrown away.
 */
export function loopGraph(graph: Graph, config: VisionLanguageConfig, weights: Weights, kind: ChoiceKind): void {
  const { text } = config
  const half = text.headDim / 2
  const places = (count: Dim): Shape => ['B', text.kvHeads, 1, count, text.headDim]
  const inputs: LoopInputs = {
    cos: graph.input('cos', ['K', 'B', half]), sin: graph.input('sin', ['K', 'B', half]), bias: reshape(graph.input('bias', ['B', 1, 1, 'S']), ['B', 1, 1, 1, 'S']),
    stop: graph.input('stop', [text.vocabSize]), choice: choiceInputs(graph, kind, text.vocabSize),
    past: Array.from({ length: text.layers }, (_, layer) => (byQuery({ k: pastInput(graph, text, 'k', layer), v: pastInput(graph, text, 'v', layer) })))
  }
  const recent = { initial: graph.input('empty', places(0)), inside: places('R'), after: places('N') }
  const state = [
    { initial: graph.input('ids', ['B'], 'i64') }, { initial: graph.input('active', ['B']) },
    ...Array.from({ length: 2 * text.layers }, () => recent)
  ]
  const found = loop(graph, { count: graph.input('count', [], 'i64'), state, taken: 'N' }, (body, iteration, inside) =>
    oneToken(body, config, weights.inside(body), inputs, iteration, inside))
  found.state.slice(2).forEach((value, i) => graph.output(newName(i % 2 === 0 ? 'k' : 'v', Math.floor(i / 2)), value))
  const [tokens, logits] = found.collected as [Value, Value]
  const all = logSoftmax(logits)
  graph.output('tokens', tokens)
  graph.output('logProbs', reshape(gatherElements(all, reshape(tokens, ['N', 'B', 1])), ['N', 'B']))
  graph.output('entropies', neg(reduceSum(mul(exp(all), all), [-1], false)))
}

function oneToken(
  body: Graph, { text }: VisionLanguageConfig, weights: Weights, inputs: LoopInputs, iteration: Value, [ids, active, ...recent]: readonly Value[]
): LoopBody {
  const outer = (value: Value): Value => body.capture(value)
  const grown: Value[] = []
  const extended = (cache: Value | undefined, rows: Value): Value => {
    const all = concat([cache as Value, reshape(rows, ['B', text.kvHeads, 1, 1, text.headDim])], 3)
    grown.push(all)
    return all
  }
  const attend: Attend = (q, k, v, layer) => {
    const past = inputs.past[layer] as KeysValues
    const fresh = { k: extended(recent[2 * layer], k), v: extended(recent[2 * layer + 1], v) }
    return oneQueryAttention(q, { k: outer(past.k), v: outer(past.v) }, fresh, { past: outer(inputs.bias), recent: null }, text)
  }
  const angles = { cos: gatherRows(outer(inputs.cos), iteration), sin: gatherRows(outer(inputs.sin), iteration) }
  const embedded = gatherRows(weights('model.embed_tokens.weight'), ids as Value)
  const logits = languageHead(decoderStack(embedded, text, weights, angles, attend), text, weights)
  const token = choose(logits, inputs.choice, iteration, body)
  const left = mul(active as Value, sub(1, gatherRows(outer(inputs.stop), token)))
  return { going: greaterOrEqual(total(left), 0.5), state: [token, left, ...grown], collected: [token, logits] }
}
