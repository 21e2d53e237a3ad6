import type { MemoryPlan, ModelUse, Workload } from '#shared/domain/modelFacts.ts'
import { elementCount } from '../runtime/tensor.ts'
import type { TextConfig, VisionConfig, VisionLanguageConfig } from './config.ts'
import { parametersOf } from './families/parameters.ts'

/** Bytes of a float32: activations, gradients, moments and everything trained. */
const FLOAT = 4
/** The process itself, the runtime's arena and the tables of tokenizer and positions. */
const BASE_BYTES = 400e6
/** Padded tokens and patches the decoder and the trainer put through the model in one run; more are split. */
const RUN_TOKENS = 8192
const RUN_PATCHES = 16_384
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
 * - `rollout`: weights as stored, the cache of every sequence, one block's activations of the prompts and one row of logits each.
 * - `lora`: frozen weights as stored; adapter in float32 with gradients and two moments; each block's input, and one block's
 *   activations, since blocks are recomputed one at a time; the vision tower forward only.
 * - `full`: float32 weights, gradients, moments; every block's activations, the vision tower's too.
 * Activations are those of one run of at most 8,192 tokens. Logits of training are taken for half of the tokens (what assistants write), three rows each: logits, log-softmax, gradient.
 * @param storedBytes bytes of all weights as they lie on disk
 */
export function planMemory(config: VisionLanguageConfig, storedBytes: number, use: ModelUse, load: Workload, machineBytes: number): MemoryPlan {
  const { text, vision } = config
  const counts = countParameters(config)
  const patches = Math.ceil(load.pixels / vision.patchSize ** 2)
  const atOnce = Math.min(load.batch, Math.max(1, Math.floor(RUN_TOKENS / load.tokens)))
  const images = atOnce * load.images
  const block = textBlockFloats(text, atOnce, load.tokens)
  const inputs = atOnce * load.tokens * text.hiddenSize * text.layers
  const towerOnce = visionBlockFloats(vision, Math.min(images, Math.max(1, Math.floor(RUN_PATCHES / patches))), patches, true)
  const targets = 3 * atOnce * Math.ceil(load.tokens / 2) * text.vocabSize
  const parts: Record<ModelUse, Omit<MemoryPlan, 'use' | 'total' | 'fits'>> = {
    rollout: {
      weights: storedBytes, gradients: 0, moments: 0, cache: load.batch * load.tokens * cacheBytesPerToken(text),
      activations: FLOAT * (Math.max(block, towerOnce) + load.batch * text.vocabSize)
    },
    lora: {
      weights: storedBytes + FLOAT * adapterParameters(text, load.rank), gradients: FLOAT * adapterParameters(text, load.rank),
      moments: 2 * FLOAT * adapterParameters(text, load.rank), cache: 0, activations: FLOAT * (inputs + Math.max(block, towerOnce, targets))
    },
    full: {
      weights: FLOAT * counts.total, gradients: FLOAT * counts.total, moments: 2 * FLOAT * counts.total, cache: 0,
      activations: FLOAT * (block * text.layers + towerFloats(vision, images, patches) + targets)
    }
  }
  const chosen = parts[use]
  const total = BASE_BYTES + chosen.weights + chosen.gradients + chosen.moments + chosen.activations + chosen.cache
  return { use, ...chosen, total, fits: total > machineBytes ? 'no' : total > TIGHT * machineBytes ? 'tight' : 'yes' }
}

/** All blocks of the tower, each with the attention it has. */
function towerFloats(vision: VisionConfig, images: number, patches: number): number {
  const full = new Set(vision.fullAttentionBlocks)
  return Array.from({ length: vision.depth }, (_, block) => visionBlockFloats(vision, images, patches, full.has(block))).reduce((a, b) => a + b, 0)
}
