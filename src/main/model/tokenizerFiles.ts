import { z } from 'zod'
import { SightlineError } from '#shared/domain/errors.ts'
import { addedToken, qwenTokenizerJson } from './tokenizerJson.ts'
import type { AddedTokenJson, TokenizerJson } from './tokenizerJson.ts'

const AddedTokenFile = z.object({
  id: z.int().nonnegative(),
  content: z.string().min(1),
  single_word: z.boolean().default(false),
  lstrip: z.boolean().default(false),
  rstrip: z.boolean().default(false),
  normalized: z.boolean().default(false),
  special: z.boolean().default(false)
})

const TokenizerFile = z.looseObject({
  added_tokens: z.array(AddedTokenFile),
  normalizer: z.looseObject({ type: z.string() }).nullable(),
  pre_tokenizer: z.looseObject({ type: z.string() }),
  decoder: z.looseObject({ type: z.literal('ByteLevel') }),
  model: z.looseObject({
    type: z.literal('BPE'),
    vocab: z.record(z.string(), z.int().nonnegative()),
    merges: z.array(z.union([z.string(), z.tuple([z.string(), z.string()])]))
  })
})

const AddedTokensDecoder = z.record(z.string().regex(/^\d+$/), AddedTokenFile.omit({ id: true }))

/** `tokenizer_config.json`: the few fields Sightline reads; the rest is kept as it was. */
export const TokenizerConfig = z.looseObject({
  added_tokens_decoder: AddedTokensDecoder.optional(),
  chat_template: z.union([z.string(), z.array(z.object({ name: z.string(), template: z.string() }))]).nullish()
})
export type TokenizerConfig = z.infer<typeof TokenizerConfig>

/** Checks that `json` is a byte-level BPE `tokenizer.json`; throws `bad_checkpoint` naming the first wrong field. */
export function readTokenizerJson(json: unknown, where: string): TokenizerJson {
  const parsed = TokenizerFile.safeParse(json)
  if (!parsed.success) throw wrongFile(where, parsed.error, 'Only byte-level BPE tokenizers (Qwen2 and its kin) are supported')
  return json as TokenizerJson
}

/** Checks `tokenizer_config.json`; throws `bad_checkpoint` naming the first wrong field. */
export function readTokenizerConfig(json: unknown, where: string): TokenizerConfig {
  const parsed = TokenizerConfig.safeParse(json)
  if (!parsed.success) throw wrongFile(where, parsed.error, 'Fetch the file again from where the checkpoint came from')
  return parsed.data
}

/**
 * The older form of a Qwen tokenizer: `vocab.json` and `merges.txt`, with the added tokens in
 * `tokenizer_config.json` (`added_tokens_decoder`). Gives the equal `tokenizer.json`.
 */
export function tokenizerJsonFromVocabulary(
  vocabulary: unknown, merges: string, config: TokenizerConfig, where: string
): TokenizerJson {
  const vocab = z.record(z.string(), z.int().nonnegative()).safeParse(vocabulary)
  if (!vocab.success) throw wrongFile(where, vocab.error, 'vocab.json must map tokens to ids')
  const pairs = merges
    .split(/\r?\n/u)
    .filter((line, i) => line.length > 0 && !(i === 0 && line.startsWith('#version')))
    .map((line): [string, string] => {
      const space = line.indexOf(' ')
      if (space <= 0) throw new SightlineError('bad_checkpoint', `merges.txt has a line that is not a pair: ${line.slice(0, 60)}`, { where })
      return [line.slice(0, space), line.slice(space + 1)]
    })
  const added: AddedTokenJson[] = Object.entries(config.added_tokens_decoder ?? {}).map(([id, token]) => ({
    ...addedToken(Number(id), token.content, token.special), ...token
  }))
  added.sort((a, b) => a.id - b.id)
  return qwenTokenizerJson(vocab.data, pairs, added)
}

function wrongFile(where: string, error: z.ZodError, advice: string): SightlineError {
  const issue = error.issues[0]
  const field = issue?.path.map(String).join('.') ?? ''
  return new SightlineError('bad_checkpoint', `Unusable tokenizer: ${field}: ${issue?.message ?? 'wrong form'}`, { where, advice })
}
