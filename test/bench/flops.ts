import type { VisionLanguageConfig } from '#main/model/config.ts'
import type { InputSizes } from './inputs.ts'

/**
 * Multiplications and additions of the matrix products of one training step, each counted once: backward takes twice the forward, except
 * for the patches, which need no gradient. Attention is counted over the whole square, as both sides compute it; the head on targets only.
 */
export function stepFlops({ text, vision }: VisionLanguageConfig, { batch, tokens, images, targets }: InputSizes): number {
  const [attended, keys] = [text.heads * text.headDim, text.kvHeads * text.headDim]
  const weights = text.hiddenSize * (2 * attended + 2 * keys + 3 * text.intermediateSize)
  const perToken = text.layers * (weights + 2 * attended * tokens)
  const head = batch * targets * text.hiddenSize * text.vocabSize
  const cells = 16
  const patches = cells * vision.mergeSize ** 2
  const merged = vision.width * vision.mergeSize ** 2
  // A picture of 4 x 4 cells is a single window, so windowed and full blocks cost the same.
  const perPatch = vision.depth * (vision.width * (4 * vision.width + 3 * vision.intermediateSize) + 2 * vision.width * patches)
  const picture = patches * perPatch + cells * merged * (merged + vision.outWidth)
  const embedding = batch * images * patches * vision.width * 3 * vision.temporalPatchSize * vision.patchSize ** 2
  return 2 * (3 * (batch * tokens * perToken + head + batch * images * picture) + 2 * embedding)
}

/**
 * The same for a LoRA step block by block on one sequence with a quarter of it picture and three eighths targets: forward, forward again and
 * backward to the inputs, of the decoder and the head; the frozen tower forward only. The adapters' own products are left out.
 */
export function loraFlops({ text, vision }: VisionLanguageConfig, tokens: number): number {
  const [attended, keys] = [text.heads * text.headDim, text.kvHeads * text.headDim]
  const weights = text.hiddenSize * (2 * attended + 2 * keys + 3 * text.intermediateSize)
  const head = (3 / 8) * tokens * text.hiddenSize * text.vocabSize
  const matrices = vision.family === 'qwen2_vl' ? 2 : 3
  const tower = tokens * vision.depth * (vision.width * (4 * vision.width + matrices * vision.intermediateSize) + 2 * vision.width * tokens)
  return 2 * (3 * (tokens * text.layers * (weights + attended * tokens) + head) + tower)
}
