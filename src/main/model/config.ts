import { SightlineError } from '#shared/domain/errors.ts'
import { ConfigFile, QUANTIZATION, TextFile, VisionFile2, VisionFile25 } from './configFile.ts'
import type { ConfigFileData, TextFileData } from './configFile.ts'

/** The decoder's shape, as in Qwen2's text configuration. */
export interface TextConfig {
  readonly hiddenSize: number
  readonly layers: number
  readonly heads: number
  readonly kvHeads: number
  /** hiddenSize / heads */
  readonly headDim: number
  readonly intermediateSize: number
  /** Rows of the embedding; may exceed the tokenizer's ids. */
  readonly vocabSize: number
  readonly ropeTheta: number
  /** Rotary frequencies of time, height and width; their sum is headDim / 2. */
  readonly mropeSection: readonly [number, number, number]
  readonly rmsNormEps: number
  readonly maxPositions: number
  /** The head is the embedding matrix. */
  readonly tied: boolean
}

/** The vision tower's shape. */
export interface VisionConfig {
  readonly family: 'qwen2_vl' | 'qwen2_5_vl'
  readonly depth: number
  readonly width: number
  readonly heads: number
  readonly intermediateSize: number
  /** Width of the visual features: the decoder's hidden size. */
  readonly outWidth: number
  readonly patchSize: number
  readonly temporalPatchSize: number
  readonly mergeSize: number
  /** Side of an attention window in pixels; 0 = every block attends over the whole picture (qwen2_vl). */
  readonly windowSize: number
  /** Blocks that attend over the whole picture; all of them when windowSize is 0. */
  readonly fullAttentionBlocks: readonly number[]
  /** Temporal positions a second of video takes; 0 = one per slice (qwen2_vl). */
  readonly tokensPerSecond: number
  readonly hiddenAct: 'silu' | 'quick_gelu'
}

export interface TokenIds {
  readonly imagePad: number
  readonly videoPad: number
  readonly visionStart: number
  readonly visionEnd: number
  /** Ids that end a turn; empty when neither file nor tokenizer names one. */
  readonly eos: readonly number[]
  /** Fills short rows; masked everywhere, so any id will do (0 when none is named). */
  readonly pad: number
}

export interface VisionLanguageConfig {
  readonly text: TextConfig
  readonly vision: VisionConfig
  readonly ids: TokenIds
}

export interface ReadConfigOptions {
  /** Named in errors. */
  readonly where?: string
  /** Ids to use where the file leaves them out (transformers drops some when it saves): from tokenizer and generation config. */
  readonly ids?: Partial<TokenIds>
}

/**
 * Reads a Qwen2-VL or Qwen2.5-VL `config.json` as released (text values at the top), as saved by transformers 4 or by
 * transformers 5 (`text_config`, `rope_parameters`). A value the model needs is never guessed: `bad_checkpoint` names
 * the missing or contradictory key; `unsupported` names a feature outside the two families.
 */
export function readConfig(json: unknown, options: ReadConfigOptions = {}): VisionLanguageConfig {
  const where = options.where ?? 'config.json'
  const file = parsed(ConfigFile.safeParse(json), '', where)
  checkQuantization(file, where)
  const text = readText(file, parsed(TextFile.safeParse({ ...file, ...file.text_config }), 'text_config.', where), where)
  const vision = readVision(file, where)
  check(vision.outWidth === text.hiddenSize, `visual features are ${vision.outWidth} wide, the decoder ${text.hiddenSize}`, where)
  return { text, vision, ids: readIds(file, options.ids ?? {}, where) }
}

/** A form of stored weights that we do not know would be read as something else. */
function checkQuantization({ quantization_config: said }: ConfigFileData, where: string): void {
  if (!said || Object.entries(QUANTIZATION).every(([key, value]) => said[key] === value)) return
  throw new SightlineError('unsupported', `The weights are quantised by ${said.quant_method ?? 'an unnamed method'}`, {
    where, advice: 'Fetch the checkpoint in bfloat16 or float16 and let the import quantise it'
  })
}

function readText(file: ConfigFileData, text: TextFileData, where: string): TextConfig {
  const rope = text.rope_parameters ?? text.rope_scaling
  const theta = text.rope_parameters?.rope_theta ?? text.rope_theta
  const tied = file.tie_word_embeddings ?? text.tie_word_embeddings
  if (!rope) throw missing('rope_scaling.mrope_section', where)
  if (theta === undefined) throw missing('rope_theta', where)
  if (tied === undefined) throw missing('tie_word_embeddings', where)
  for (const type of [rope.type, rope.rope_type]) {
    if (type !== undefined && type !== 'default' && type !== 'mrope') throw unsupported(`rotary positions of type ${type}`, where)
  }
  if (text.use_sliding_window) throw unsupported('sliding-window attention', where)
  const headDim = text.hidden_size / text.num_attention_heads
  const [time, height, width] = rope.mrope_section
  check(headDim % 2 === 0, `hidden_size ${text.hidden_size} does not divide into ${text.num_attention_heads} even heads`, where)
  check(text.num_attention_heads % text.num_key_value_heads === 0, 'num_attention_heads is not a multiple of num_key_value_heads', where)
  check(2 * (time + height + width) === headDim, `mrope_section must add up to ${headDim / 2}, half a head`, where)
  return {
    hiddenSize: text.hidden_size, layers: text.num_hidden_layers, heads: text.num_attention_heads, kvHeads: text.num_key_value_heads,
    headDim, intermediateSize: text.intermediate_size, vocabSize: text.vocab_size, ropeTheta: theta,
    mropeSection: rope.mrope_section, rmsNormEps: text.rms_norm_eps, maxPositions: text.max_position_embeddings, tied
  }
}

function readVision(file: ConfigFileData, where: string): VisionConfig {
  const vision = file.model_type === 'qwen2_5_vl' ? readVision25(file, where) : readVision2(file, where)
  check((vision.width / vision.heads) % 4 === 0, 'a vision head must be a multiple of 4 wide (two rotary axes)', where)
  return vision
}

function readVision25(file: ConfigFileData, where: string): VisionConfig {
  const vision = parsed(VisionFile25.safeParse(file.vision_config), 'vision_config.', where)
  check(vision.window_size % (vision.patch_size * vision.spatial_merge_size) === 0, 'window_size is not a multiple of a merged cell', where)
  check(vision.fullatt_block_indexes.every((block) => block < vision.depth), 'fullatt_block_indexes names a block that is not there', where)
  return {
    family: 'qwen2_5_vl', depth: vision.depth, width: vision.hidden_size, heads: vision.num_heads,
    intermediateSize: vision.intermediate_size, outWidth: vision.out_hidden_size, patchSize: vision.patch_size,
    temporalPatchSize: vision.temporal_patch_size, mergeSize: vision.spatial_merge_size, windowSize: vision.window_size,
    fullAttentionBlocks: vision.fullatt_block_indexes, tokensPerSecond: vision.tokens_per_second, hiddenAct: 'silu'
  }
}

function readVision2(file: ConfigFileData, where: string): VisionConfig {
  const vision = parsed(VisionFile2.safeParse(file.vision_config), 'vision_config.', where)
  const intermediateSize = vision.embed_dim * vision.mlp_ratio
  check(Number.isInteger(intermediateSize), 'embed_dim x mlp_ratio is not a whole number', where)
  return {
    family: 'qwen2_vl', depth: vision.depth, width: vision.embed_dim, heads: vision.num_heads, intermediateSize,
    outWidth: vision.hidden_size, patchSize: vision.patch_size, temporalPatchSize: vision.temporal_patch_size,
    mergeSize: vision.spatial_merge_size, windowSize: 0, fullAttentionBlocks: Array.from({ length: vision.depth }, (_, i) => i),
    tokensPerSecond: 0, hiddenAct: 'quick_gelu'
  }
}

function readIds(file: ConfigFileData, fallback: Partial<TokenIds>, where: string): TokenIds {
  const id = (key: string, value: number | null | undefined): number => {
    if (value === null || value === undefined) throw missing(key, where)
    return value
  }
  const listed = file.eos_token_id ?? file.text_config?.eos_token_id
  const eos = fallback.eos ?? (typeof listed === 'number' ? [listed] : listed ?? [])
  return {
    imagePad: id('image_token_id', file.image_token_id ?? fallback.imagePad),
    videoPad: id('video_token_id', file.video_token_id ?? fallback.videoPad),
    visionStart: id('vision_start_token_id', file.vision_start_token_id ?? fallback.visionStart),
    visionEnd: id('vision_end_token_id', file.vision_end_token_id ?? fallback.visionEnd),
    eos,
    pad: file.pad_token_id ?? file.text_config?.pad_token_id ?? fallback.pad ?? file.bos_token_id ?? 0
  }
}

type Parsed<T> = { success: true; data: T } | { success: false; error: { issues: readonly { path: readonly PropertyKey[]; message: string }[] } }

function parsed<T>(result: Parsed<T>, prefix: string, where: string): T {
  if (result.success) return result.data
  const issue = result.error.issues[0]
  const key = prefix + (issue?.path.map(String).join('.') ?? '')
  throw new SightlineError('bad_checkpoint', `${key}: ${issue?.message ?? 'wrong'}`, { where, advice: ADVICE })
}

const ADVICE = "Use the checkpoint's own config.json; nothing is filled in by guess"

function missing(key: string, where: string): SightlineError {
  return new SightlineError('bad_checkpoint', `${key} is missing`, { where, advice: ADVICE })
}

function unsupported(what: string, where: string): SightlineError {
  return new SightlineError('unsupported', `The checkpoint uses ${what}`, { where, advice: 'Use a Qwen2-VL or Qwen2.5-VL checkpoint as released' })
}

function check(holds: boolean, message: string, where: string): void {
  if (!holds) throw new SightlineError('bad_checkpoint', message, { where, advice: ADVICE })
}
