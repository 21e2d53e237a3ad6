import type { BlockInputs, MemoryPlan, ModelUse, Workload } from '#shared/domain/modelFacts.ts'
import { elementCount } from '../runtime/tensor.ts'
import { decoderBackwardBytes, FLOAT, HALF, layerParameters, visionForwardBytes } from './blockwise/blockMemory.ts'
import { BLOCKWISE_TOKENS, stretchRows, TOWER_PATCHES } from './blockwise/limits.ts'
import type { TextConfig, VisionConfig, VisionLanguageConfig } from './config.ts'
import { parametersOf } from './families/parameters.ts'

/** The process itself, the runtime's arena and the tables of tokenizer and positions. */
const BASE_BYTES = 400e6
/** Padded tokens and patches the decoder and the trainer put through the model in one run; more are split. */
export const RUN_TOKENS = 8192
const RUN_PATCHES = 16_384
/** Copies of the adapter that an optimizer step leaves until they are collected: gradients twice, the last weights and moments. */
const UPDATE_COPIES = 5
/** Share of the machine above which other programs are pushed out. */
const TIGHT = 0.8
/** Graphs that hold matrices in 4 bits while a model writes, one reads prompts and one writes; and bytes of a weight in them: 4 bits, a scale in float32 and a zero point for 32. */
const WRITING_GRAPHS = 2
const HELD_BYTES = 0.5 + 4 / 32 + 0.5 / 32
/** Memory of usual graphics cards in GiB, and the share of it that a program can have. */
const CARDS = [4, 6, 8, 12, 16, 24, 32, 48, 80]
const CARD_SHARE = 0.9

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
 * Memory in bytes of one use on a machine with `machineBytes`, computed from shapes (ENGINE.md "Large models"; test/model/realBlockMemory.test.ts
 * holds the blocks to it):
 * - `rollout`: float32 weights, of a model in 4 bits the decoder's matrices so in each graph and no tower, which goes block by block; the cache of every sequence, one block's activations of the prompts and one row of logits each.
 * - `lora`: float32 weights; adapter with gradients and two moments; every decoder block's activations, the vision tower forward only.
 * - `blockwise`: the same adapter and what its last step left; each decoder block's input and one block at a time (blockMemory.ts). The weights
 *   stay in their files: the plan is tight where the system's file cache cannot hold them too, since each pass then reads them from the disk.
 *   Where the inputs do not fit they wait in a file.
 * - `device`: the same on a graphics card that holds the weights as they are stored; the inputs wait in the memory of the host.
 * - `full`: float32 weights, gradients, moments; every block's activations, the vision tower's too.
 * Activations are those of one run of at most 8,192 tokens (2,048 block by block). Targets are taken for half of the tokens (what assistants
 * write), with three rows of logits each: logits, log-softmax, gradient.
 * @param storedBytes bytes of all weights as they lie on disk; below two a weight the decoder's linear layers are in 4 bits
 */
export function planMemory(config: VisionLanguageConfig, storedBytes: number, use: ModelUse, load: Workload, machineBytes: number, inputs: BlockInputs | 'auto' = 'auto'): MemoryPlan {
  const { text } = config
  const counts = countParameters(config)
  const adapter = FLOAT * adapterParameters(text, load.rank)
  if (use === 'blockwise' || use === 'device') return planBlocks(config, storedBytes, use, load, machineBytes, inputs)
  const patches = patchesOf(config, load)
  const atOnce = sequencesAtOnce(load, RUN_TOKENS)
  const block = textBlockFloats(text, atOnce, load.tokens)
  const towerOnce = visionBlockFloats(config.vision, imagesAtOnce(atOnce * load.images, patches), patches, true)
  const targets = 3 * atOnce * Math.ceil(load.tokens / 2) * text.vocabSize
  const parts: Record<typeof use, MemoryParts> = {
    rollout: {
      weights: writingBytes(config, counts, storedBytes), gradients: 0, moments: 0, cache: load.batch * load.tokens * cacheBytesPerToken(text),
      activations: FLOAT * (Math.max(block, towerOnce) + load.batch * text.vocabSize)
    },
    lora: {
      weights: FLOAT * counts.total + adapter, gradients: adapter, moments: 2 * adapter, cache: 0,
      activations: FLOAT * (block * text.layers + towerOnce + targets)
    },
    full: {
      weights: FLOAT * counts.total, gradients: FLOAT * counts.total, moments: 2 * FLOAT * counts.total, cache: 0,
      activations: FLOAT * (block * text.layers + towerFloats(config.vision, atOnce * load.images, patches) + targets)
    }
  }
  const total = totalOf(parts[use])
  return { use, ...parts[use], total, fits: fitting(total, total, machineBytes), blockInputs: null, cardBytes: null }
}

/** Bytes of the weights a model writes with (actingWeights.ts). */
function writingBytes(config: VisionLanguageConfig, counts: ParameterCounts, storedBytes: number): number {
  if (storedDecoder(config, storedBytes) >= 1) return FLOAT * counts.total
  const decoder = config.text.layers * layerParameters(config.text)
  return WRITING_GRAPHS * HELD_BYTES * decoder + FLOAT * (counts.text + counts.embedding - decoder)
}

type MemoryParts = Pick<MemoryPlan, 'weights' | 'gradients' | 'moments' | 'activations' | 'cache'>

function planBlocks(
  config: VisionLanguageConfig, storedBytes: number, use: 'blockwise' | 'device', load: Workload, machineBytes: number, inputs: BlockInputs | 'auto'
): MemoryPlan {
  const adapter = FLOAT * adapterParameters(config.text, load.rank)
  const rows = sequencesAtOnce(load, BLOCKWISE_TOKENS) * load.tokens
  const kept = FLOAT * rows * config.text.hiddenSize * config.text.layers
  const moment = largestMoment(config, storedBytes, load, use === 'device')
  const shared = { gradients: adapter, moments: 2 * adapter, cache: 0 }
  if (use === 'device') {
    const parts = { weights: storedBytes + adapter, activations: moment, ...shared }
    const total = totalOf(parts)
    const cardBytes = CARDS.map((gibibytes) => gibibytes * 2 ** 30).find((bytes) => total <= CARD_SHARE * bytes) ?? null
    return { use, ...parts, total, fits: cardBytes === null ? 'no' : 'yes', blockInputs: 'float32', cardBytes }
  }
  const planned = (form: BlockInputs): MemoryPlan => {
    const parts = { weights: adapter, activations: keptShare(form) * kept + moment + UPDATE_COPIES * adapter, ...shared }
    const total = totalOf(parts)
    return { use, ...parts, total, fits: fitting(total, total + storedBytes, machineBytes), blockInputs: form, cardBytes: null }
  }
  if (inputs !== 'auto') return planned(inputs)
  const plain = planned('float32')
  return plain.fits === 'no' ? planned('file') : plain
}

/** Of the float32 inputs in memory; what waits in a file is in the system's file cache. */
function keptShare(form: BlockInputs): number {
  return { float32: 1, float16: 0.5, file: 0 }[form]
}

/** The largest of a decoder block going backward, a block of the tower going forward, and the head on its stretch of the vocabulary, forward's memory not yet given back. */
function largestMoment(config: VisionLanguageConfig, storedBytes: number, load: Workload, onDevice: boolean): number {
  const { text, vision } = config
  const atOnce = sequencesAtOnce(load, BLOCKWISE_TOKENS)
  const patches = patchesOf(config, load)
  const pictures = Math.max(1, Math.min(atOnce * load.images, Math.floor(TOWER_PATCHES / patches)))
  const targets = Math.ceil((atOnce * load.tokens) / 2)
  const stretch = Math.min(text.vocabSize, stretchRows(text.hiddenSize, targets))
  const head = 2 * ((HALF + FLOAT) * stretch * text.hiddenSize + FLOAT * 3 * targets * stretch)
  return Math.max(decoderBackwardBytes(text, storedDecoder(config, storedBytes), atOnce, load.tokens, onDevice), visionForwardBytes(vision, pictures, patches), head)
}

/** Bytes of a weight of the decoder's linear layers as stored, the others taken for float16. */
function storedDecoder(config: VisionLanguageConfig, storedBytes: number): number {
  const decoder = config.text.layers * layerParameters(config.text)
  return Math.max(0.5, (storedBytes - HALF * (countParameters(config).total - decoder)) / decoder)
}

function totalOf({ weights, gradients, moments, activations, cache }: MemoryParts): number {
  return BASE_BYTES + weights + gradients + moments + activations + cache
}

function fitting(total: number, withFiles: number, machineBytes: number): MemoryPlan['fits'] {
  return total > machineBytes ? 'no' : withFiles > TIGHT * machineBytes ? 'tight' : 'yes'
}

function patchesOf({ vision }: VisionLanguageConfig, load: Workload): number {
  return Math.ceil(load.pixels / vision.patchSize ** 2)
}

function sequencesAtOnce({ batch, tokens }: Workload, runTokens: number): number {
  return Math.min(batch, Math.max(1, Math.floor(runTokens / tokens)))
}

function imagesAtOnce(images: number, patches: number): number {
  return Math.min(images, Math.max(1, Math.floor(RUN_PATCHES / patches)))
}

/** All blocks of the tower, each with the attention it has. */
function towerFloats(vision: VisionConfig, images: number, patches: number): number {
  const full = new Set(vision.fullAttentionBlocks)
  return Array.from({ length: vision.depth }, (_, block) => visionBlockFloats(vision, images, patches, full.has(block))).reduce((a, b) => a + b, 0)
}
