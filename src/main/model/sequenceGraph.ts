import { exp, mul, neg } from '#main/onnx/build/elementwise.ts'
import { gatherRows } from '#main/onnx/build/gather.ts'
import { concat, reshape, split, transpose } from '#main/onnx/build/layout.ts'
import { tokenLogProb } from '#main/onnx/build/normalize.ts'
import { recomputed } from '#main/onnx/build/recompute.ts'
import { reduceSum } from '#main/onnx/build/reduce.ts'
import { product, sum } from '#main/onnx/dims.ts'
import type { Graph, Value } from '#main/onnx/graph.ts'
import type { Dim } from '#main/onnx/types.ts'
import { blockBiases, causalAttention, lengthOf, QUERY_BLOCKS } from './causalAttention.ts'
import type { TextConfig, VisionLanguageConfig } from './config.ts'
import { type BlockWrapper, plainBlock } from './families/block.ts'
import { type Attend, decoderStack, embedTokens, languageHead, type RotaryRows } from './families/text.ts'
import { visionTower } from './families/vision.ts'
import type { Weights } from './weights.ts'

/** Rows of a padded batch whose queries are taken in so many blocks. */
export const rowsOfBatch = (blocks: number): Dim => product(['B', lengthOf(blocks)])
const ROWS = rowsOfBatch(QUERY_BLOCKS)

/** Values of the whole-sequence forward pass that scoring and training share. */
export interface SequenceValues {
  /** [K, 1] log p of each target under the full softmax at temperature 1. */
  readonly logProbs: Value
  /** [K, 1] entropy of the distribution each target was drawn from; not differentiable. */
  readonly entropy: Value
  /** [M, outWidth] visual features. */
  readonly features: Value
}

export interface SequenceOptions {
  /** Keep only what enters a block for the backward pass, which computes the rest again: less memory, about a third more time. */
  readonly recompute?: boolean
  /** Pieces the head is run in, so that only one piece's logits exist at a time; `SequenceBatch.chunks`. */
  readonly chunks?: number
}

/**
 * Whole right-padded sequences at once: the inputs of `sequenceFeeds` (sequenceFeeds.ts), logits only at the K rows that predict a
 * target. Padding comes after every real token, so the causal mask alone keeps it out.
 */
export function sequenceGraph(graph: Graph, config: VisionLanguageConfig, weights: Weights, { recompute = false, chunks = 1 }: SequenceOptions = {}): SequenceValues {
  const wrap = recompute ? recomputedBlock : plainBlock
  const features = visionTower(graph, config.vision, weights, wrap)
  const hidden = hiddenStates(graph, config, weights, features, wrap)
  const scored = (rows: Value, targets: Value): [Value, Value] => {
    const { picked, all } = tokenLogProb(languageHead(rows, config.text, weights), targets)
    return [picked, neg(reduceSum(mul(exp(all), all), [-1]))]
  }
  const sizes = chunks === 1 ? ['K'] : Array.from({ length: chunks }, (_, i) => `K${i}`)
  const targets = sizes.map((size, i) => graph.input(targetsName(i, chunks), [size, 1], 'i64'))
  const selected = gatherRows(hidden, graph.input('predicting', [sum(sizes)], 'i64'))
  if (chunks === 1) {
    const [logProbs, entropy] = scored(selected, targets[0] as Value)
    return { logProbs, entropy, features }
  }
  const parts = split(selected, sizes, 0).map((rows, i) => recomputed(rows, (same) => scored(same, targets[i] as Value)) as [Value, Value])
  return { logProbs: concat(parts.map(([logProbs]) => logProbs), 0), entropy: concat(parts.map(([, entropy]) => entropy), 0), features }
}

/** Input name of the targets of piece `i` of the head. */
export const targetsName = (i: number, chunks: number): string => (chunks === 1 ? 'targets' : `targets.${i}`)

const recomputedBlock: BlockWrapper = (x, block) => recomputed(x, (rows) => [block(rows)])[0] as Value

/** Logits of every row [B*T, vocabulary], for comparison with other implementations. */
export function logitsGraph(graph: Graph, config: VisionLanguageConfig, weights: Weights): Value {
  return languageHead(hiddenStates(graph, config, weights, visionTower(graph, config.vision, weights)), config.text, weights)
}

function hiddenStates(graph: Graph, config: VisionLanguageConfig, weights: Weights, features: Value, wrap: BlockWrapper = plainBlock): Value {
  const { text } = config
  const ids = reshape(graph.input('ids', ['B', lengthOf(QUERY_BLOCKS)], 'i64'), [ROWS])
  const embedded = embedTokens(ids, graph.input('rows', [ROWS], 'i64'), features, weights)
  const { angles, attend } = sequenceAttention(graph, text, { blocks: QUERY_BLOCKS })
  return decoderStack(embedded, text, weights, angles, attend, { wrap })
}

/** How the queries of a sequence are taken: in so many blocks, and `again`: what is large of them computed once more in the backward pass. */
export interface QuerySettings {
  readonly blocks: number
  readonly again?: boolean
}

/** How whole sequences attend, with the inputs that takes: `cos` and `sin` [B*T, d/2], `causal` [T / blocks, T]. */
export function sequenceAttention(graph: Graph, text: TextConfig, { blocks, again = false }: QuerySettings): { angles: RotaryRows; attend: Attend } {
  const [rows, length] = [rowsOfBatch(blocks), lengthOf(blocks)]
  const angles = { cos: graph.input('cos', [rows, text.headDim / 2]), sin: graph.input('sin', [rows, text.headDim / 2]) }
  const biases = blockBiases(graph.input('causal', ['Q', length]), blocks)
  const heads = (x: Value, count: number): Value => transpose(reshape(x, ['B', length, count, text.headDim]), [0, 2, 1, 3])
  const attend: Attend = (q, k, v) => {
    const mixed = causalAttention(heads(q, text.heads), heads(k, text.kvHeads), heads(v, text.kvHeads), biases, text.headDim ** -0.5, again)
    return reshape(transpose(mixed, [0, 2, 1, 3]), [rows, text.heads * text.headDim])
  }
  return { angles, attend }
}
