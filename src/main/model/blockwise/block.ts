import { concat, reshape, split } from '#main/onnx/build/layout.ts'
import { rmsNorm } from '#main/onnx/build/normalize.ts'
import { recomputed } from '#main/onnx/build/recompute.ts'
import type { Graph, Value } from '#main/onnx/graph.ts'
import type { Dim } from '#main/onnx/types.ts'
import { lengthOf } from '../causalAttention.ts'
import type { TextConfig, VisionConfig, VisionLanguageConfig } from '../config.ts'
import type { BlockWrapper } from '../families/block.ts'
import { decoderBlock } from '../families/text.ts'
import { embedPatches, mergeCells, patchAngles, patchRows, segmentInputs, segmentKind, visionBlock } from '../families/vision.ts'
import { rowsOfBatch, sequenceAttention } from '../sequenceGraph.ts'
import type { Weights } from '../weights.ts'

/** What is computed once more in the backward pass, a share at a time, instead of kept: where sequences or pictures are large. */
export interface BlockSettings {
  /** Blocks the queries of a sequence are taken in. */
  readonly queryBlocks: number
  readonly attentionAgain: boolean
  readonly mlpAgain: boolean
}

/** Shares of the rows an MLP is then run on. */
const ROW_SHARES = 4

/** Blocks of one kind run in the same graph. */
export type BlockKind = 'patches' | 'windows' | 'slices' | 'merger' | 'decoder' | 'norm'

/** A part of the model that is run by itself. */
export interface Block {
  readonly kind: BlockKind
  /** What the names of its tensors start with. */
  readonly prefix: string
  /** What they start with in the graph of its kind. */
  readonly graphPrefix: string
}

/** The vision tower in order, the merger last. */
export function towerBlocks(vision: VisionConfig): Block[] {
  const blocks = Array.from({ length: vision.depth }, (_, layer): Block => (
    { kind: segmentKind(vision, layer), prefix: `visual.blocks.${layer}.`, graphPrefix: 'visual.blocks.0.' }))
  return [block('patches', 'visual.patch_embed.'), ...blocks, block('merger', 'visual.merger.')]
}

export function decoderBlocks({ layers }: TextConfig): Block[] {
  return Array.from({ length: layers }, (_, layer) => ({ kind: 'decoder', prefix: `model.layers.${layer}.`, graphPrefix: 'model.layers.0.' }))
}

export const FINAL_NORM: Block = block('norm', 'model.norm.')

function block(kind: BlockKind, prefix: string): Block {
  return { kind, prefix, graphPrefix: prefix }
}

/** Runs on shares of so many rows, one after another. */
function inShares(rows: Dim): BlockWrapper {
  return (x, run) => concat(split(x, new Array<Dim>(ROW_SHARES).fill(rows), 0).map((share) => recomputed(share, (same) => [run(same)])[0] as Value), 0)
}

/**
 * Adds a block to the graph: its input `x` (the patches have an input of their own), those of positions and attention, its weights. Rows
 * of text are [B, T, hidden], of the tower [4 M, width], of the final norm [K, hidden].
 */
export function buildBlock(graph: Graph, kind: BlockKind, { text, vision }: VisionLanguageConfig, weights: Weights, settings: BlockSettings): Value {
  const { queryBlocks, attentionAgain, mlpAgain } = settings
  switch (kind) {
    case 'patches': return embedPatches(graph, vision, weights)
    case 'merger': return mergeCells(graph.input('x', [patchRows(vision), vision.width]), vision, weights)
    case 'norm': return rmsNorm(graph.input('x', ['K', text.hiddenSize]), weights('model.norm.weight'), text.rmsNormEps)
    case 'decoder': {
      const shape = ['B', lengthOf(queryBlocks), text.hiddenSize]
      const x = reshape(graph.input('x', shape), [rowsOfBatch(queryBlocks), text.hiddenSize])
      const { angles, attend } = sequenceAttention(graph, text, { blocks: queryBlocks, again: attentionAgain })
      const byRows = mlpAgain ? inShares(rowsOfBatch(queryBlocks / ROW_SHARES)) : undefined
      return reshape(decoderBlock(x, 0, text, weights, angles, attend, { byRows }), shape)
    }
    default: {
      const x = graph.input('x', [patchRows(vision), vision.width])
      const byRows = mlpAgain && vision.mergeSize ** 2 === ROW_SHARES ? inShares('M') : undefined
      return visionBlock(x, 'visual.blocks.0', vision, weights, patchAngles(graph, vision), segmentInputs(graph, vision, kind), { again: attentionAgain, byRows })
    }
  }
}
