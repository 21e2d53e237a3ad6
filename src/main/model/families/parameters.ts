import type { Random } from '#shared/domain/random.ts'
import type { HostTensor } from '../../runtime/tensor.ts'
import { elementCount, floats } from '../../runtime/tensor.ts'
import type { VisionLanguageConfig } from '../config.ts'
import { familyOf } from './table.ts'

export type ParameterGroup = 'vision' | 'merger' | 'text'

/** One tensor of a checkpoint: its name as on the hub, its shape, whether weight decay applies (matrices only). */
export interface Parameter {
  readonly name: string
  readonly shape: readonly number[]
  readonly group: ParameterGroup
  readonly decay: boolean
}

/** Every tensor of a checkpoint with this configuration, in checkpoint order. Linear weights are [out, in]. */
export function parametersOf(config: VisionLanguageConfig): Parameter[] {
  return [...visionParameters(config), ...textParameters(config)]
}

function visionParameters({ vision }: VisionLanguageConfig): Parameter[] {
  const { width, patchSize, temporalPatchSize, outWidth, mergeSize } = vision
  const family = familyOf(vision)
  const merged = width * mergeSize * mergeSize
  const norm = (group: ParameterGroup, name: string): Parameter[] => ['weight', ...family.normExtras].map((kind) => vector(group, `${name}.${kind}`, width))
  const blocks = Array.from({ length: vision.depth }, (_, layer) => {
    const at = `visual.blocks.${layer}`
    return [
      ...norm('vision', `${at}.norm1`),
      ...norm('vision', `${at}.norm2`),
      ...linear('vision', `${at}.attn.qkv`, 3 * width, width),
      ...linear('vision', `${at}.attn.proj`, width, width),
      ...family.mlpLayers(vision).flatMap((layer) => linear('vision', `${at}.${layer.name}`, layer.out, layer.in))
    ]
  })
  const patch: Parameter = {
    name: 'visual.patch_embed.proj.weight', shape: [width, 3, temporalPatchSize, patchSize, patchSize], group: 'vision', decay: true
  }
  return [
    patch, ...blocks.flat(), ...norm('merger', 'visual.merger.ln_q'),
    ...linear('merger', 'visual.merger.mlp.0', merged, merged), ...linear('merger', 'visual.merger.mlp.2', outWidth, merged)
  ]
}

function textParameters({ text }: VisionLanguageConfig): Parameter[] {
  const { hiddenSize, intermediateSize, heads, kvHeads, headDim, vocabSize } = text
  const blocks = Array.from({ length: text.layers }, (_, layer) => {
    const at = `model.layers.${layer}`
    return [
      vector('text', `${at}.input_layernorm.weight`, hiddenSize),
      ...linear('text', `${at}.self_attn.q_proj`, heads * headDim, hiddenSize),
      ...linear('text', `${at}.self_attn.k_proj`, kvHeads * headDim, hiddenSize),
      ...linear('text', `${at}.self_attn.v_proj`, kvHeads * headDim, hiddenSize),
      matrix('text', `${at}.self_attn.o_proj.weight`, hiddenSize, heads * headDim),
      vector('text', `${at}.post_attention_layernorm.weight`, hiddenSize),
      matrix('text', `${at}.mlp.gate_proj.weight`, intermediateSize, hiddenSize),
      matrix('text', `${at}.mlp.up_proj.weight`, intermediateSize, hiddenSize),
      matrix('text', `${at}.mlp.down_proj.weight`, hiddenSize, intermediateSize)
    ]
  })
  return [
    matrix('text', 'model.embed_tokens.weight', vocabSize, hiddenSize), ...blocks.flat(), vector('text', 'model.norm.weight', hiddenSize),
    ...(text.tied ? [] : [matrix('text', 'lm_head.weight', vocabSize, hiddenSize)])
  ]
}

function matrix(group: ParameterGroup, name: string, out: number, input: number): Parameter {
  return { name, shape: [out, input], group, decay: true }
}

function vector(group: ParameterGroup, name: string, size: number): Parameter {
  return { name, shape: [size], group, decay: false }
}

function linear(group: ParameterGroup, name: string, out: number, input: number): Parameter[] {
  return [matrix(group, `${name}.weight`, out, input), vector(group, `${name}.bias`, out)]
}

/**
 * Fresh weights: norms 1, biases 0, matrices normal with deviation 1/sqrt(in) (the released models' 0.02 is that for 2,500
 * inputs); outputs of residual branches divided by sqrt(2 layers), as in GPT-2.
 */
export function initialWeights(config: VisionLanguageConfig, random: Random): Map<string, HostTensor> {
  return new Map(parametersOf(config).map(({ name, shape }) => {
    const value = floats(shape)
    if (/(norm\w*|ln_q)\.weight$/.test(name)) value.data.fill(1)
    else if (shape.length > 1) {
      const deviation = deviationOf(name, shape, config)
      for (let i = 0; i < value.data.length; i++) value.data[i] = deviation * random.normal()
    }
    return [name, value]
  }))
}

function deviationOf(name: string, shape: readonly number[], config: VisionLanguageConfig): number {
  if (name === 'model.embed_tokens.weight') return 1 / Math.sqrt(config.text.hiddenSize)
  const fanIn = elementCount(shape.slice(1))
  const residual = /(o_proj|down_proj|attn\.proj|fc2)\.weight$/.test(name)
  const depth = name.startsWith('visual') ? config.vision.depth : config.text.layers
  return (residual ? 1 / Math.sqrt(2 * depth) : 1) / Math.sqrt(fanIn)
}
