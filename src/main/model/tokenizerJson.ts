/** Writes the `tokenizer.json` of Qwen2's tokenizer family: NFC, Qwen's split pattern, byte-level BPE, added tokens. */

/** How text is cut before BPE (QWEN_VL fact: one digit at a time, a leading space or sign stays with its letters). */
export const QWEN_SPLIT_PATTERN = String.raw`(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+`

/** Qwen2-VL's special tokens in id order; the first is `<|endoftext|>` (pad, bos), the third `<|im_end|>` (eos). */
export const QWEN_SPECIAL_TOKENS = [
  '<|endoftext|>', '<|im_start|>', '<|im_end|>', '<|object_ref_start|>', '<|object_ref_end|>', '<|box_start|>',
  '<|box_end|>', '<|quad_start|>', '<|quad_end|>', '<|vision_start|>', '<|vision_end|>', '<|vision_pad|>', '<|image_pad|>',
  '<|video_pad|>'
] as const

export interface AddedTokenJson {
  readonly id: number
  readonly content: string
  readonly single_word: boolean
  readonly lstrip: boolean
  readonly rstrip: boolean
  readonly normalized: boolean
  readonly special: boolean
}

export interface TokenizerJson {
  readonly version: string
  readonly truncation: null
  readonly padding: null
  readonly added_tokens: readonly AddedTokenJson[]
  readonly normalizer: object
  readonly pre_tokenizer: object
  readonly post_processor: object
  readonly decoder: object
  readonly model: {
    readonly type: 'BPE'
    readonly dropout: null
    readonly unk_token: null
    readonly continuing_subword_prefix: string
    readonly end_of_word_suffix: string
    readonly fuse_unk: boolean
    readonly byte_fallback: boolean
    readonly vocab: Readonly<Record<string, number>>
    readonly merges: readonly (readonly [string, string])[]
  }
}

/** An added token that is cut out of the text as written, before NFC and BPE. */
export function addedToken(id: number, content: string, special: boolean): AddedTokenJson {
  return { id, content, single_word: false, lstrip: false, rstrip: false, normalized: false, special }
}

/** `vocab`: byte-character tokens to ids; `merges`: pairs in rank order; `added`: tokens with ids of their own. */
export function qwenTokenizerJson(
  vocab: Readonly<Record<string, number>>,
  merges: readonly (readonly [string, string])[],
  added: readonly AddedTokenJson[]
): TokenizerJson {
  const byteLevel = { type: 'ByteLevel', add_prefix_space: false, trim_offsets: false, use_regex: false }
  return {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: added,
    normalizer: { type: 'NFC' },
    pre_tokenizer: {
      type: 'Sequence',
      pretokenizers: [
        { type: 'Split', pattern: { Regex: QWEN_SPLIT_PATTERN }, behavior: 'Isolated', invert: false },
        byteLevel
      ]
    },
    post_processor: byteLevel,
    decoder: byteLevel,
    model: {
      type: 'BPE', dropout: null, unk_token: null, continuing_subword_prefix: '', end_of_word_suffix: '', fuse_unk: false,
      byte_fallback: false, vocab, merges
    }
  }
}
