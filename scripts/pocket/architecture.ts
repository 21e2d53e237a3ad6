/**
 * The tiny model in Hugging Face's own words: Qwen2.5-VL in miniature, nothing added. 112 px pictures are 8 x 8 patches, 16
 * visual tokens, one window.
 */
export function pocketConfig(vocabSize: number, ids: PocketIds): Record<string, unknown> {
  return {
    architectures: ['Qwen2_5_VLForConditionalGeneration'],
    model_type: 'qwen2_5_vl',
    vocab_size: vocabSize,
    hidden_size: 128,
    num_hidden_layers: 4,
    num_attention_heads: 4,
    num_key_value_heads: 2,
    intermediate_size: 384,
    hidden_act: 'silu',
    rms_norm_eps: 1e-6,
    rope_theta: 10000,
    rope_scaling: { type: 'mrope', mrope_section: [4, 6, 6] },
    max_position_embeddings: 2048,
    max_window_layers: 4,
    sliding_window: 2048,
    use_sliding_window: false,
    attention_dropout: 0,
    initializer_range: 0.02,
    tie_word_embeddings: true,
    torch_dtype: 'float16',
    use_cache: true,
    bos_token_id: ids.endOfText,
    eos_token_id: ids.imEnd,
    pad_token_id: ids.endOfText,
    vision_start_token_id: ids.visionStart,
    vision_end_token_id: ids.visionEnd,
    vision_token_id: ids.imagePad,
    image_token_id: ids.imagePad,
    video_token_id: ids.videoPad,
    vision_config: {
      model_type: 'qwen2_5_vl',
      depth: 2,
      hidden_size: 96,
      num_heads: 3,
      intermediate_size: 192,
      out_hidden_size: 128,
      hidden_act: 'silu',
      in_chans: 3,
      in_channels: 3,
      patch_size: 14,
      spatial_patch_size: 14,
      spatial_merge_size: 2,
      temporal_patch_size: 2,
      window_size: 112,
      fullatt_block_indexes: [1],
      tokens_per_second: 2
    }
  }
}

export interface PocketIds {
  endOfText: number
  imEnd: number
  visionStart: number
  visionEnd: number
  imagePad: number
  videoPad: number
}

/**
 * Pixels become (x - 250) / 100: the generated backgrounds sit near zero, their faint gradient keeps its size. Pictures stay
 * between 4 x 4 and 8 x 8 visual tokens.
 */
export const POCKET_PREPROCESSOR = {
  image_processor_type: 'Qwen2VLImageProcessor',
  processor_class: 'Qwen2_5_VLProcessor',
  do_convert_rgb: true,
  do_resize: true,
  do_rescale: true,
  do_normalize: true,
  resample: 3,
  rescale_factor: 1 / 255,
  image_mean: [250 / 255, 250 / 255, 250 / 255],
  image_std: [100 / 255, 100 / 255, 100 / 255],
  min_pixels: 112 * 112,
  max_pixels: 224 * 224,
  patch_size: 14,
  temporal_patch_size: 2,
  merge_size: 2
}

/** Sampling as the policy is: no penalty, no truncation (what a training rollout needs). */
export function pocketGeneration(ids: PocketIds) {
  return {
    bos_token_id: ids.endOfText,
    eos_token_id: [ids.imEnd, ids.endOfText],
    pad_token_id: ids.endOfText,
    do_sample: true,
    temperature: 1,
    top_k: 0,
    top_p: 1,
    repetition_penalty: 1
  }
}
