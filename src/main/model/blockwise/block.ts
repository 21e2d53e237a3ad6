import { reshape } from '#main/onnx/build/layout.ts'
import { rmsNorm } from '#main/onnx/build/normalize.ts'
import type { Graph, Value } from '#main/onnx/graph.ts'
import { LENGTH } from '../causalAttention.ts'
import type { TextConfig, VisionConfig, VisionLanguageConfig } from '../config.ts'
import { decoderBlock } from '../families/text.ts'
import { embedPatches, mergeCells, patchAngles, patchRows, segmentInputs, segmentKind, visionBlock } from '../families/vision.ts'
import { ROWS, sequenceAttention } from '../sequenceGraph.ts'
import type { Weights } from '../weights.ts'

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

/**
 * Adds a block to the graph: its input `x` (the patches have an input of their own), those of positions and attention, its weights. Rows
 * of text are [B, T, hidden], of the tower [4 M, width], of the final norm [K, hidden].
 */
export function buildBlock(graph: Graph, kind: BlockKind, { text, vision }: VisionLanguageConfig, weights: Weights): Value {
  switch (kind) {
    case 'patches': return embedPatches(graph, vision, weights)
    case 'merger': return mergeCells(graph.input('x', [patchRows(vision), vision.width]), vision, weights)
    case 'norm': return rmsNorm(graph.input('x', ['K', text.hiddenSize]), weights('model.norm.weight'), text.rmsNormEps)
    case 'decoder': {
      const shape = ['B', LENGTH, text.hiddenSize]
      const x = reshape(graph.input('x', shape), [ROWS, text.hiddenSize])
      const { angles, attend } = sequenceAttention(graph, text)
      return reshape(decoderBlock(x, 0, text, weights, angles, attend), shape)
    }
    default: {
      const x = graph.input('x', [patchRows(vision), vision.width])
      return visionBlock(x, 'visual.blocks.0', vision, weights, patchAngles(graph, vision), segmentInputs(graph, vision, kind))
    }
  }
}
