import type { MemoryPlan, ModelUse, Workload } from '#shared/domain/modelFacts.ts'
import { elementCount } from '../runtime/tensor.ts'
import { BLOCKWISE_TOKENS, stretchRows } from './blockwise/limits.ts'
import type { TextConfig, VisionConfig, VisionLanguageConfig } from './config.ts'
import { parametersOf } from './families/parameters.ts'

/** Bytes of a float32: activations, gradients, moments and everything trained. */
const FLOAT = 4
/** The process itself, the runtime's arena and the tables of tokenizer and positions. */
const BASE_BYTES = 400e6
/** Padded tokens and patches the decoder and the trainer put through the model in one run; more are split. */
export const RUN_TOKENS = 8192
const RUN_PATCHES = 16_384
/** Copies of the adapter that an optimizer step leaves until they are collected: gradients twice, the last weights and moments. */
const UPDATE_COPIES = 5
/** Share of the machine above which other programs are pushed out. */
const TIGHT = 0.8

export interface ParameterCounts {
  /** Token embedding, and the head where it is not the embedding. */
  readonly embedding: number
  readonly text: number
  readonly vision: number
  readonly total: number
}

/** Weights of a configuration by part. */
export function countParameters(config: VisionLanguageConfig): ParameterCounts {
  const counts = { embedding: 0, text: 0, vision: 0, total: 0 }
  for (const { name, shape, group } of parametersOf(config)) {
    const part = name === 'model.embed_tokens.weight' || name === 'lm_head.weight' ? 'embedding' : group === 'text' ? 'text' : 'vision'
    counts[part] += elementCount(shape)
    counts.total += elementCount(shape)
  }
  return counts
}

/** Weights of a low-rank adapter on all seven linears of every decoder layer: rank x (in + out) each. */
export function adapterParameters({ hiddenSize: h, intermediateSize: i, heads, kvHeads, headDim, layers }: TextConfig, rank: number): number {
  const [q, kv] = [heads * headDim, kvHeads * headDim]
  return layers * rank * (2 * (h + q) + 2 * (h + kv) + 3 * (h + i))
}

/** Bytes of keys and values that one token leaves in the cache. */
export function cacheBytesPerToken({ layers, kvHeads, headDim }: TextConfig, bytes = FLOAT): number {
  return 2 * layers * kvHeads * headDim * bytes
}

/**
 * Floats a decoder block keeps of `batch` sequences of `tokens` for its backward pass: input, two norms, q (before and after
 * rotation), mixed heads, attention output, k and v (k twice), gate, up, its SiLU and the product, and the attention's
 * probabilities.
 */
export function textBlockFloats({ hiddenSize: h, intermediateSize: i, heads, kvHeads, headDim }: TextConfig, batch: number, tokens: number): number {
  const [q, kv] = [heads * headDim, kvHeads * headDim]
  return batch * tokens * (4 * h + 3 * q + 3 * kv + 4 * i) + batch * heads * tokens * tokens
}

/** The same of a vision block over `images` pictures of `patches` each; windows attend within windowSize only. */
export function visionBlockFloats({ width, intermediateSize, heads, windowSize, patchSize }: VisionConfig, images: number, patches: number, full: boolean): number {
  const segment = full || windowSize === 0 ? patches : Math.min(patches, (windowSize / patchSize) ** 2)
  return images * patches * (9 * width + 4 * intermediateSize + heads * segment)
}

/**
 * Memory in bytes of one use on a machine with `machineBytes`, computed from shapes (an upper estimate; ENGINE.md "Large models"):
 * - `rollout`: float32 weights, the cache of every sequence, one block's activations of the prompts and one row of logits each.
 * - `lora`: float32 weights; adapter with gradients and two moments; every decoder block's activations, the vision tower forward only.
 * - `blockwise`: the same adapter and what its last step left; each decoder block's input and one block at a time: its weights as stored
 *   and widened, its activations and their gradients. The weights stay in their files: the plan is tight where the system's file cache
 *   cannot hold them too, since each pass then reads them from the disk.
 * - `full`: float32 weights, gradients, moments; every block's activations, the vision tower's too.
 * Activations are those of one run of at most 8,192 tokens (2,048 block by block). Targets are taken for half of the tokens (what assistants
 * write), with three rows of logits each: logits, log-softmax, gradient.
 * @param storedBytes bytes of all weights as they lie on disk
 */
export function planMemory(config: VisionLanguageConfig, storedBytes: number, use: ModelUse, load: Workload, machineBytes: number): MemoryPlan {
  const { text, vision } = config
  const counts = countParameters(config)
  const patches = Math.ceil(load.pixels / vision.patchSize ** 2)
  const atOnce = sequencesAtOnce(load, RUN_TOKENS)
  const block = textBlockFloats(text, atOnce, load.tokens)
  const towerOnce = visionBlockFloats(vision, imagesAtOnce(atOnce * load.images, patches), patches, true)
  const targets = 3 * atOnce * Math.ceil(load.tokens / 2) * text.vocabSize
  const adapter = FLOAT * adapterParameters(text, load.rank)
  const parts: Record<ModelUse, Omit<MemoryPlan, 'use' | 'total' | 'fits'>> = {
    rollout: {
      weights: FLOAT * counts.total, gradients: 0, moments: 0, cache: load.batch * load.tokens * cacheBytesPerToken(text),
      activations: FLOAT * (Math.max(block, towerOnce) + load.batch * text.vocabSize)
    },
    lora: {
      weights: FLOAT * counts.total + adapter, gradients: adapter, moments: 2 * adapter, cache: 0,
      activations: FLOAT * (block * text.layers + towerOnce + targets)
    },
    blockwise: {
      weights: adapter, gradients: adapter, moments: 2 * adapter, cache: 0,
      activations: blockwiseBytes(config, storedBytes / counts.total, load, patches) + UPDATE_COPIES * adapter
    },
    full: {
      weights: FLOAT * counts.total, gradients: FLOAT * counts.total, moments: 2 * FLOAT * counts.total, cache: 0,
      activations: FLOAT * (block * text.layers + towerFloats(vision, atOnce * load.images, patches) + targets)
    }
  }
  const chosen = parts[use]
  const total = BASE_BYTES + chosen.weights + chosen.gradients + chosen.moments + chosen.activations + chosen.cache
  const cached = use === 'blockwise' ? storedBytes : 0
  return { use, ...chosen, total, fits: total > machineBytes ? 'no' : total + cached > TIGHT * machineBytes ? 'tight' : 'yes' }
}

/**
 * The moment a pass block by block needs most: the inputs of all decoder blocks, and the largest of a decoder block going backward, a block
 * of the tower going forward, and the head on its stretch of the vocabulary, forward's memory not yet given back.
 */
function blockwiseBytes({ text, vision }: VisionLanguageConfig, storedSize: number, load: Workload, patches: number): number {
  const atOnce = sequencesAtOnce(load, BLOCKWISE_TOKENS)
  const rows = atOnce * load.tokens
  const ofWeights = (weights: number): number => (storedSize + FLOAT) * weights
  const decoder = ofWeights(layerParameters(text)) + 2 * FLOAT * textBlockFloats(text, atOnce, load.tokens)
  const images = atOnce * load.images
  // Where pictures are large the scores weigh most, and exist next to their softmax.
  const scores = images * vision.heads * patches ** 2
  const tower = ofWeights(visionBlockParameters(vision)) + FLOAT * (visionBlockFloats(vision, images, patches, true) + scores)
  const stretch = Math.min(text.vocabSize, stretchRows(text.hiddenSize, Math.ceil(rows / 2)))
  const head = 2 * (ofWeights(stretch * text.hiddenSize) + FLOAT * 3 * Math.ceil(rows / 2) * stretch)
  return FLOAT * rows * text.hiddenSize * text.layers + Math.max(decoder, tower, head)
}

function sequencesAtOnce({ batch, tokens }: Workload, runTokens: number): number {
  return Math.min(batch, Math.max(1, Math.floor(runTokens / tokens)))
}

function imagesAtOnce(images: number, patches: number): number {
  return Math.min(images, Math.max(1, Math.floor(RUN_PATCHES / patches)))
}

/** Weights of a decoder layer, norms and biases left out. */
function layerParameters({ hiddenSize: h, intermediateSize: i, heads, kvHeads, headDim }: TextConfig): number {
  return 2 * h * headDim * (heads + kvHeads) + 3 * h * i
}

/** Weights of a block of the tower with three matrices in its MLP, which is the larger kind. */
function visionBlockParameters({ width, intermediateSize }: VisionConfig): number {
  return 4 * width ** 2 + 3 * width * intermediateSize
}

/** All blocks of the tower, each with the attention it has. */
function towerFloats(vision: VisionConfig, images: number, patches: number): number {
  const full = new Set(vision.fullAttentionBlocks)
  return Array.from({ length: vision.depth }, (_, block) => visionBlockFloats(vision, images, patches, full.has(block))).reduce((a, b) => a + b, 0)
}
