import { Tokenizer as HuggingFaceTokenizer } from '@huggingface/tokenizers'
import { SightlineError } from '#shared/domain/errors.ts'
import { fromByteCharacters } from './byteLevel.ts'
import { defaultSystemOf } from './jinjaTemplate.ts'
import { readTokenizerConfig, readTokenizerJson } from './tokenizerFiles.ts'
import type { TokenizerConfig } from './tokenizerFiles.ts'
import type { TokenizerJson } from './tokenizerJson.ts'

/** Ids of the tokens the chat form and the vision tower need, in every Qwen2-VL and Qwen2.5-VL vocabulary. */
export interface SpecialIds {
  readonly endOfText: number
  readonly imStart: number
  readonly imEnd: number
  readonly visionStart: number
  readonly visionEnd: number
  readonly imagePad: number
  readonly videoPad: number
}

/** The bytes each id writes, by id; undefined for an id without a token. */
export type TokenBytes = readonly (Uint8Array | undefined)[]

/** Text to ids as transformers' Qwen2 tokenizer does it, and ids back to the exact bytes. */
export class Tokenizer {
  readonly json: TokenizerJson
  readonly config: TokenizerConfig
  readonly special: SpecialIds
  /** The checkpoint's chat template; null when it has none (plain ChatML is used). */
  readonly chatTemplate: string | null
  /** System text the chat template gives a dialogue without one; null = none. */
  readonly defaultSystem: string | null
  /** Ids of all special tokens, ascending. */
  readonly specialIds: readonly number[]
  /** One more than the largest id. */
  readonly size: number
  readonly #encoder: HuggingFaceTokenizer
  readonly #bytes: TokenBytes
  readonly #idOfAdded: ReadonlyMap<string, number>

  private constructor(json: TokenizerJson, config: TokenizerConfig, where: string) {
    this.json = json
    this.config = config
    this.chatTemplate = templateIn(config)
    this.defaultSystem = this.chatTemplate === null ? null : defaultSystemOf(this.chatTemplate)
    this.#encoder = encoderOf(json, where)
    this.#bytes = bytesById(json)
    this.size = this.#bytes.length
    this.#idOfAdded = new Map(json.added_tokens.map((token) => [token.content, token.id]))
    this.specialIds = json.added_tokens.filter((token) => token.special).map((token) => token.id).sort((a, b) => a - b)
    const id = (content: string): number => {
      const found = this.#idOfAdded.get(content)
      if (found === undefined) {
        throw new SightlineError('bad_checkpoint', `The tokenizer has no ${content} token`, {
          where, advice: 'Use the tokenizer of a Qwen2-VL or Qwen2.5-VL checkpoint'
        })
      }
      return found
    }
    this.special = {
      endOfText: id('<|endoftext|>'), imStart: id('<|im_start|>'), imEnd: id('<|im_end|>'), visionStart: id('<|vision_start|>'),
      visionEnd: id('<|vision_end|>'), imagePad: id('<|image_pad|>'), videoPad: id('<|video_pad|>')
    }
  }

  /**
   * `json`, `config`: parsed `tokenizer.json` and `tokenizer_config.json`; `where` names them in errors.
   * Throws `bad_checkpoint` when the form is not a byte-level BPE with Qwen's special tokens.
   */
  static fromJson(json: unknown, config: unknown = {}, where = 'tokenizer.json'): Tokenizer {
    return new Tokenizer(readTokenizerJson(json, where), readTokenizerConfig(config, where), where)
  }

  /** Ids of `text`; special and added tokens written in the text become their ids, as in transformers. */
  encode(text: string): number[] {
    return text.length === 0 ? [] : this.#encoder.encode(text, { add_special_tokens: false }).ids
  }

  /**
   * Text of `ids`: the inverse of `encode` for NFC text. Bytes that are not UTF-8 become U+FFFD; ids without a token
   * (unused rows of the embedding) write nothing, as in transformers. `skipSpecial` leaves special tokens out.
   */
  decode(ids: Iterable<number>, { skipSpecial = false } = {}): string {
    const stream = this.decodeStream({ skipSpecial })
    let text = ''
    for (const id of ids) text += stream.push(id)
    return text + stream.end()
  }

  /** Decodes id by id: `push` gives the characters that are complete now, `end` what a cut-off sequence leaves. */
  decodeStream({ skipSpecial = false } = {}): { push(id: number): string; end(): string } {
    return decodingOf(this.#bytes, new Set(skipSpecial ? this.specialIds : []))
  }

  /** The bytes an id writes; undefined for an id without a token. */
  bytesOf(id: number): Uint8Array | undefined {
    return this.#bytes[id]
  }

  /** Id of an added token (special or not) by its content; undefined when there is none. */
  addedId(content: string): number | undefined {
    return this.#idOfAdded.get(content)
  }

  /** Ids a policy must never sample: special tokens other than the two that stop, and rows without a token. */
  bannedIds(vocabSize: number): number[] {
    const stops = new Set([this.special.imEnd, this.special.endOfText])
    const banned = this.specialIds.filter((id) => !stops.has(id))
    for (let id = 0; id < vocabSize; id++) if (this.#bytes[id] === undefined) banned.push(id)
    return banned.sort((a, b) => a - b)
  }
}

/** How many visual features `ids` asks for: its image and video placeholders. */
export function countImageTokens(ids: Iterable<number>, special: SpecialIds): number {
  let count = 0
  for (const id of ids) if (id === special.imagePad || id === special.videoPad) count++
  return count
}

function encoderOf(json: TokenizerJson, where: string): HuggingFaceTokenizer {
  try {
    return new HuggingFaceTokenizer(json, {})
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause
    throw new SightlineError('bad_checkpoint', `Unusable tokenizer: its split pattern is not a regular expression: ${cause.message}`, {
      where, advice: 'Use the tokenizer released with the checkpoint', cause
    })
  }
}

/** The chat template of a tokenizer configuration; of several named ones, `default`. */
function templateIn(config: TokenizerConfig): string | null {
  const template = config.chat_template ?? null
  if (template === null || typeof template === 'string') return template
  return template.find(({ name }) => name === 'default')?.template ?? template[0]?.template ?? null
}

/** What each id writes: characters appear with the token that completes them, what a cut-off one leaves with the last. */
export function textsOf(bytes: TokenBytes, ids: readonly number[]): string[] {
  const decoding = decodingOf(bytes, new Set())
  return ids.map((id, place) => decoding.push(id) + (place === ids.length - 1 ? decoding.end() : ''))
}

function decodingOf(bytes: TokenBytes, skipped: ReadonlySet<number>): { push(id: number): string; end(): string } {
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true })
  return {
    push: (id) => {
      const written = skipped.has(id) ? undefined : bytes[id]
      return written === undefined ? '' : decoder.decode(written, { stream: true })
    },
    end: () => decoder.decode()
  }
}

/** The bytes each id of a tokenizer file writes. */
export function bytesById(json: TokenizerJson): TokenBytes {
  const utf8 = new TextEncoder()
  const bytes: (Uint8Array | undefined)[] = []
  for (const [token, id] of Object.entries(json.model.vocab)) bytes[id] = fromByteCharacters(token) ?? utf8.encode(token)
  for (const { id, content } of json.added_tokens) bytes[id] = utf8.encode(content)
  return bytes
}
