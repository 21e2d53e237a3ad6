import type { VisionConfig, VisionLanguageConfig } from './config.ts'

/** The `config.json` of a model, in the released form (text values at the top), which every transformers version reads. */
export function writeConfig({ text, vision, ids: tokens }: VisionLanguageConfig): Record<string, unknown> {
  const name = vision.family === 'qwen2_5_vl' ? 'Qwen2_5_VL' : 'Qwen2VL'
  return {
    architectures: [`${name}ForConditionalGeneration`],
    model_type: vision.family,
    attention_dropout: 0,
    bos_token_id: tokens.pad,
    pad_token_id: tokens.pad,
    eos_token_id: tokens.eos.length === 1 ? tokens.eos[0] : tokens.eos,
    vision_start_token_id: tokens.visionStart,
    vision_end_token_id: tokens.visionEnd,
    image_token_id: tokens.imagePad,
    video_token_id: tokens.videoPad,
    hidden_act: 'silu',
    hidden_size: text.hiddenSize,
    intermediate_size: text.intermediateSize,
    max_position_embeddings: text.maxPositions,
    num_attention_heads: text.heads,
    num_hidden_layers: text.layers,
    num_key_value_heads: text.kvHeads,
    rms_norm_eps: text.rmsNormEps,
    rope_theta: text.ropeTheta,
    rope_scaling: { type: 'mrope', mrope_section: text.mropeSection },
    use_sliding_window: false,
    tie_word_embeddings: text.tied,
    vocab_size: text.vocabSize,
    vision_config: visionFile(vision)
  }
}

function visionFile(vision: VisionConfig): Record<string, unknown> {
  const shared = {
    depth: vision.depth,
    num_heads: vision.heads,
    in_chans: 3,
    patch_size: vision.patchSize,
    spatial_patch_size: vision.patchSize,
    temporal_patch_size: vision.temporalPatchSize,
    spatial_merge_size: vision.mergeSize,
    hidden_act: vision.hiddenAct
  }
  if (vision.family === 'qwen2_vl') {
    return { ...shared, embed_dim: vision.width, hidden_size: vision.outWidth, mlp_ratio: vision.intermediateSize / vision.width }
  }
  return {
    ...shared,
    hidden_size: vision.width,
    out_hidden_size: vision.outWidth,
    intermediate_size: vision.intermediateSize,
    window_size: vision.windowSize,
    fullatt_block_indexes: vision.fullAttentionBlocks,
    tokens_per_second: vision.tokensPerSecond
  }
}
