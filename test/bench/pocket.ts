import type { VisionLanguageConfig } from '#main/model/config.ts'

/** The pocket model's sizes, for benchmarks. */
export const POCKET: VisionLanguageConfig = {
  text: {
    hiddenSize: 128, layers: 4, heads: 4, kvHeads: 2, headDim: 32, intermediateSize: 384, vocabSize: 700, ropeTheta: 10000,
    mropeSection: [4, 6, 6], rmsNormEps: 1e-6, maxPositions: 4096, tied: true
  },
  vision: {
    family: 'qwen2_5_vl', depth: 2, width: 96, heads: 3, intermediateSize: 192, outWidth: 128, patchSize: 14, temporalPatchSize: 2,
    mergeSize: 2, windowSize: 112, fullAttentionBlocks: [1], tokensPerSecond: 2, hiddenAct: 'silu'
  },
  ids: { imagePad: 1, videoPad: 2, visionStart: 3, visionEnd: 4, eos: [5], pad: 0 }
}
