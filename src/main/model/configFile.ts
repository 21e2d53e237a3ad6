import { z } from 'zod'

/** The keys of `config.json` that Sightline reads; sizes are capped so that a hostile file cannot ask for the moon. */
const width = z.int().positive().max(1 << 20)
const count = z.int().positive().max(1024)
const tokenId = z.int().nonnegative().max(1 << 24)

const Rope = z.looseObject({
  type: z.string().optional(),
  rope_type: z.string().optional(),
  rope_theta: z.number().positive().optional(),
  mrope_section: z.tuple([z.int().nonnegative(), z.int().nonnegative(), z.int().nonnegative()])
})

/** How our own import leaves the linear layers of the decoder in 4 bits (quantizedFiles.ts says which tensors hold them). */
export const QUANTIZATION = { quant_method: 'sightline', bits: 4, group_size: 32, zero_point: true } as const

const ids = {
  eos_token_id: z.union([tokenId, z.array(tokenId)]).nullish(),
  pad_token_id: tokenId.nullish(),
  bos_token_id: tokenId.nullish()
}

export const ConfigFile = z.looseObject({
  model_type: z.enum(['qwen2_vl', 'qwen2_5_vl'], 'only qwen2_vl and qwen2_5_vl are supported'),
  text_config: z.looseObject(ids).optional(),
  vision_config: z.looseObject({}),
  tie_word_embeddings: z.boolean().optional(),
  quantization_config: z.looseObject({ quant_method: z.string().optional() }).nullish(),
  image_token_id: tokenId.nullish(),
  video_token_id: tokenId.nullish(),
  vision_start_token_id: tokenId.nullish(),
  vision_end_token_id: tokenId.nullish(),
  ...ids
})
export type ConfigFileData = z.infer<typeof ConfigFile>

export const TextFile = z.looseObject({
  hidden_size: width,
  num_hidden_layers: count,
  num_attention_heads: count,
  num_key_value_heads: count,
  intermediate_size: width,
  vocab_size: z.int().positive().max(1 << 24),
  rms_norm_eps: z.number().positive().max(1),
  max_position_embeddings: z.int().positive(),
  hidden_act: z.literal('silu'),
  use_sliding_window: z.boolean().default(false),
  tie_word_embeddings: z.boolean().optional(),
  rope_theta: z.number().positive().optional(),
  rope_scaling: Rope.nullish(),
  rope_parameters: Rope.nullish()
})
export type TextFileData = z.infer<typeof TextFile>

const tower = {
  depth: count,
  num_heads: count,
  in_chans: z.literal(3).default(3),
  in_channels: z.literal(3).default(3),
  patch_size: count,
  temporal_patch_size: count,
  spatial_merge_size: count
}

/** Qwen2.5-VL's tower: `hidden_size` is its inner width. */
export const VisionFile25 = z.looseObject({
  ...tower,
  hidden_size: width,
  out_hidden_size: width,
  intermediate_size: width,
  window_size: width,
  fullatt_block_indexes: z.array(z.int().nonnegative()),
  tokens_per_second: z.number().positive(),
  hidden_act: z.literal('silu')
})

/** Qwen2-VL's tower: `embed_dim` is its inner width, `hidden_size` its output; the released file names no activation. */
export const VisionFile2 = z.looseObject({
  ...tower,
  embed_dim: width,
  hidden_size: width,
  mlp_ratio: z.number().positive().max(64),
  hidden_act: z.literal('quick_gelu').default('quick_gelu')
})
