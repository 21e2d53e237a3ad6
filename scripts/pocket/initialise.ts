import { Random } from '#shared/domain/random.ts'
import type { VisionLanguageConfig } from '#main/model/config.ts'

export interface InitialTensor {
  shape: number[]
  data: Float32Array
}

const normal = (random: Random, shape: number[], std: number): InitialTensor => {
  const data = new Float32Array(shape.reduce((size, side) => size * side, 1))
  for (let i = 0; i < data.length; i++) data[i] = random.normal() * std
  return { shape, data }
}

const constant = (shape: number[], value: number): InitialTensor => {
  return { shape, data: new Float32Array(shape.reduce((size, side) => size * side, 1)).fill(value) }
}

/**
 * Starting weights by their Hugging Face names: matrices normal with std 1/sqrt(inputs), those that write to the residual
 * stream scaled by a further 1/sqrt(2 layers) (Radford et al. 2019), embeddings std 0.06, norms 1, biases 0.
 */
export function initialWeights(config: VisionLanguageConfig, seed: number): Map<string, InitialTensor> {
  const { text, vision } = config
  const random = Random.seeded(seed, 'pocket weights')
  const tensors = new Map<string, InitialTensor>()
  const residual = 1 / Math.sqrt(2 * text.layers)
  const linear = (name: string, rows: number, columns: number, { bias = false, scale = 1 } = {}) => {
    tensors.set(`${name}.weight`, normal(random, [rows, columns], scale / Math.sqrt(columns)))
    if (bias) tensors.set(`${name}.bias`, constant([rows], 0))
  }
  const norm = (name: string, size: number) => tensors.set(`${name}.weight`, constant([size], 1))
  const { width } = vision
  const pixels = 3 * vision.temporalPatchSize * vision.patchSize ** 2
  const patch = [width, 3, vision.temporalPatchSize, vision.patchSize, vision.patchSize]
  tensors.set('visual.patch_embed.proj.weight', normal(random, patch, 1 / Math.sqrt(pixels)))
  for (let i = 0; i < vision.depth; i++) {
    const block = `visual.blocks.${i}`
    norm(`${block}.norm1`, width)
    norm(`${block}.norm2`, width)
    linear(`${block}.attn.qkv`, 3 * width, width, { bias: true })
    linear(`${block}.attn.proj`, width, width, { bias: true, scale: residual })
    linear(`${block}.mlp.gate_proj`, vision.intermediateSize, width, { bias: true })
    linear(`${block}.mlp.up_proj`, vision.intermediateSize, width, { bias: true })
    linear(`${block}.mlp.down_proj`, width, vision.intermediateSize, { bias: true, scale: residual })
  }
  const merged = width * vision.mergeSize ** 2
  norm('visual.merger.ln_q', width)
  linear('visual.merger.mlp.0', merged, merged, { bias: true })
  linear('visual.merger.mlp.2', vision.outWidth, merged, { bias: true })
  tensors.set('model.embed_tokens.weight', normal(random, [text.vocabSize, text.hiddenSize], 0.06))
  for (let i = 0; i < text.layers; i++) {
    const layer = `model.layers.${i}`
    norm(`${layer}.input_layernorm`, text.hiddenSize)
    norm(`${layer}.post_attention_layernorm`, text.hiddenSize)
    linear(`${layer}.self_attn.q_proj`, text.heads * text.headDim, text.hiddenSize, { bias: true })
    linear(`${layer}.self_attn.k_proj`, text.kvHeads * text.headDim, text.hiddenSize, { bias: true })
    linear(`${layer}.self_attn.v_proj`, text.kvHeads * text.headDim, text.hiddenSize, { bias: true })
    linear(`${layer}.self_attn.o_proj`, text.hiddenSize, text.heads * text.headDim, { scale: residual })
    linear(`${layer}.mlp.gate_proj`, text.intermediateSize, text.hiddenSize)
    linear(`${layer}.mlp.up_proj`, text.intermediateSize, text.hiddenSize)
    linear(`${layer}.mlp.down_proj`, text.hiddenSize, text.intermediateSize, { scale: residual })
  }
  norm('model.norm', text.hiddenSize)
  return tensors
}
