import { Random } from '#shared/domain/random.ts'
import type { VisionLanguageConfig } from '#main/model/config.ts'
import { initialWeights } from '#main/model/families/parameters.ts'
import type { PatchedImage } from '#main/model/patches.ts'
import type { TokenSample } from '#main/model/sequence.ts'
import { type ModelSettings, VisionLanguageModel } from '#main/model/visionLanguageModel.ts'

/** A very small model with windowed and full blocks, grouped heads and a tied head. */
export const TINY: VisionLanguageConfig = {
  text: {
    hiddenSize: 32, layers: 2, heads: 4, kvHeads: 2, headDim: 8, intermediateSize: 48, vocabSize: 40, ropeTheta: 10000,
    mropeSection: [2, 1, 1], rmsNormEps: 1e-6, maxPositions: 2048, tied: true
  },
  vision: {
    family: 'qwen2_5_vl', depth: 2, width: 24, heads: 2, intermediateSize: 32, outWidth: 32, patchSize: 2, temporalPatchSize: 2,
    mergeSize: 2, windowSize: 8, fullAttentionBlocks: [1], tokensPerSecond: 2, hiddenAct: 'silu'
  },
  ids: { imagePad: 1, videoPad: 2, visionStart: 3, visionEnd: 4, eos: [5], pad: 0 }
}

/** The same of the other family: no windows, an untied head. */
export const TINY2: VisionLanguageConfig = {
  ...TINY,
  text: { ...TINY.text, tied: false },
  vision: { ...TINY.vision, family: 'qwen2_vl', windowSize: 0, fullAttentionBlocks: [0, 1], tokensPerSecond: 0, hiddenAct: 'quick_gelu' }
}

export function tinyModel(config: VisionLanguageConfig = TINY, seed = 1, settings: ModelSettings = { threads: 1 }): VisionLanguageModel {
  return new VisionLanguageModel(config, initialWeights(config, Random.seeded(seed, 'tiny')), settings)
}

/** An image of random patches on a grid of merged cells. */
export function randomImage(random: Random, rows: number, columns: number, { vision } = TINY): PatchedImage {
  const length = 3 * vision.temporalPatchSize * vision.patchSize ** 2
  const merge = vision.mergeSize
  const patches = Float32Array.from({ length: rows * columns * merge ** 2 * length }, () => random.normal())
  return { patches, grid: [1, rows * merge, columns * merge], tokens: rows * columns }
}

/** `before` text tokens, then the images with text between, then `after` text tokens, of which the last `targets` are scored. */
export function randomSample(random: Random, images: readonly PatchedImage[], before: number, after: number, targets: number, { ids, text } = TINY): TokenSample {
  const word = (): number => random.integer(6, text.vocabSize - 1)
  const all: number[] = Array.from({ length: before }, word)
  for (const image of images) all.push(ids.visionStart, ...new Array<number>(image.tokens).fill(ids.imagePad), ids.visionEnd, word())
  for (let i = 0; i < after; i++) all.push(word())
  const loss = new Float32Array(all.length).fill(1, all.length - targets)
  return { ids: Int32Array.from(all), loss, images }
}
