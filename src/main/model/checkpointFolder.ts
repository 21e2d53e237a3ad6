import { join } from 'node:path'
import { z } from 'zod'
import { SightlineError } from '#shared/domain/errors.ts'
import { openWeights } from '../runtime/weightFiles.ts'
import type { WeightFiles } from '../runtime/weightFiles.ts'
import { verifyChatTemplate } from './chatTemplate.ts'
import { missingFile, readOptionalJson, readOptionalText } from './checkpointFile.ts'
import { readConfig } from './config.ts'
import type { TokenIds, VisionLanguageConfig } from './config.ts'
import { readProcessorConfig } from './processor.ts'
import type { ProcessorConfig } from './processor.ts'
import { bytesById, Tokenizer } from './tokenizer.ts'
import type { TokenBytes } from './tokenizer.ts'
import { readTokenizerConfig, readTokenizerJson, tokenizerJsonFromVocabulary } from './tokenizerFiles.ts'
import type { TokenizerConfig } from './tokenizerFiles.ts'

const id = z.int().nonnegative()

/** `generation_config.json`. Its sampling values are the maker's taste; rollouts for training set their own. */
export const GenerationConfig = z.looseObject({
  eos_token_id: z.union([id, z.array(id)]).nullish(),
  pad_token_id: id.nullish()
})
export type GenerationConfig = z.infer<typeof GenerationConfig>

/** An opened Hugging Face folder; tensors are read when asked for. */
export interface CheckpointFolder {
  readonly folder: string
  readonly config: VisionLanguageConfig
  readonly generation: GenerationConfig
  readonly processor: ProcessorConfig
  readonly tokenizer: Tokenizer
  readonly tensors: WeightFiles
}

/**
 * Opens a checkpoint folder and checks that its parts belong together: special ids, vocabulary size, patch sizes and the
 * chat template. Reads headers, not weights. Throws `bad_checkpoint` or `unsupported` naming file and key. Close `tensors`
 * when done.
 */
export async function openCheckpointFolder(folder: string): Promise<CheckpointFolder> {
  const generation = await readGeneration(folder)
  const tokenizer = await openTokenizer(folder)
  const processor = await openProcessor(folder)
  const json = await readOptionalJson(folder, 'config.json')
  if (json === undefined) throw missingFile(folder, 'config.json')
  const where = join(folder, 'config.json')
  const config = readConfig(json, { where, ids: knownIds(tokenizer, generation) })
  checkParts(config, processor, tokenizer, folder)
  return { folder, config, generation, processor, tokenizer, tensors: await openWeights(folder) }
}

/**
 * The tokenizer of a folder: `tokenizer.json`, else `vocab.json` with `merges.txt`; chat template from
 * `chat_template.jinja`, `chat_template.json` or `tokenizer_config.json`, checked against our turn-by-turn encoding.
 */
export async function openTokenizer(folder: string): Promise<Tokenizer> {
  const configPath = join(folder, 'tokenizer_config.json')
  const config = readTokenizerConfig(await readOptionalJson(folder, 'tokenizer_config.json') ?? {}, configPath)
  const template = await readTemplate(folder)
  const tokenizer = Tokenizer.fromJson(
    await tokenizerJson(folder, config), template === null ? config : { ...config, chat_template: template }, join(folder, 'tokenizer.json'))
  verifyChatTemplate(tokenizer, configPath)
  return tokenizer
}

/** Only what each id writes: enough to read sampled tokens back, without the encoder and the chat template. */
export async function openTokenBytes(folder: string): Promise<TokenBytes> {
  const config = readTokenizerConfig(await readOptionalJson(folder, 'tokenizer_config.json') ?? {}, join(folder, 'tokenizer_config.json'))
  return bytesById(readTokenizerJson(await tokenizerJson(folder, config), join(folder, 'tokenizer.json')))
}

/** The processor of a folder: `preprocessor_config.json`, or its part of transformers 5's `processor_config.json`. */
export async function openProcessor(folder: string): Promise<ProcessorConfig> {
  const json = await readOptionalJson(folder, 'preprocessor_config.json')
  if (json !== undefined) return readProcessorConfig(json, join(folder, 'preprocessor_config.json'))
  const joint = z.looseObject({ image_processor: z.looseObject({}) }).safeParse(await readOptionalJson(folder, 'processor_config.json'))
  if (!joint.success) throw missingFile(folder, 'preprocessor_config.json')
  return readProcessorConfig(joint.data.image_processor, join(folder, 'processor_config.json'))
}

async function tokenizerJson(folder: string, config: TokenizerConfig): Promise<unknown> {
  const whole = await readOptionalJson(folder, 'tokenizer.json')
  if (whole !== undefined) return whole
  const vocabulary = await readOptionalJson(folder, 'vocab.json')
  const merges = await readOptionalText(folder, 'merges.txt')
  if (vocabulary === undefined || merges === null) throw missingFile(folder, 'tokenizer.json')
  return tokenizerJsonFromVocabulary(vocabulary, merges, config, join(folder, 'vocab.json'))
}

async function readTemplate(folder: string): Promise<string | null> {
  const jinja = await readOptionalText(folder, 'chat_template.jinja')
  if (jinja !== null) return jinja
  const parsed = z.object({ chat_template: z.string() }).safeParse(await readOptionalJson(folder, 'chat_template.json'))
  return parsed.success ? parsed.data.chat_template : null
}

async function readGeneration(folder: string): Promise<GenerationConfig> {
  const parsed = GenerationConfig.safeParse(await readOptionalJson(folder, 'generation_config.json') ?? {})
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]
  throw new SightlineError('bad_checkpoint', `${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'wrong'}`, { where: join(folder, 'generation_config.json') })
}

/** Ids for keys that config.json leaves out: the tokenizer knows them, generation_config.json lists all that stop. */
function knownIds({ special }: Tokenizer, generation: GenerationConfig): Partial<TokenIds> {
  const listed = generation.eos_token_id
  const eos = typeof listed === 'number' ? [listed] : listed ?? [special.imEnd, special.endOfText]
  return {
    imagePad: special.imagePad, videoPad: special.videoPad, visionStart: special.visionStart, visionEnd: special.visionEnd,
    eos, pad: generation.pad_token_id ?? special.endOfText
  }
}

function checkParts({ ids, text, vision }: VisionLanguageConfig, processor: ProcessorConfig, tokenizer: Tokenizer, folder: string): void {
  const { special } = tokenizer
  const pairs: [string, number, number][] = [
    ['image_token_id', ids.imagePad, special.imagePad], ['video_token_id', ids.videoPad, special.videoPad],
    ['vision_start_token_id', ids.visionStart, special.visionStart], ['vision_end_token_id', ids.visionEnd, special.visionEnd],
    ['patch_size', vision.patchSize, processor.patchSize], ['merge size', vision.mergeSize, processor.mergeSize],
    ['temporal_patch_size', vision.temporalPatchSize, processor.temporalPatchSize]
  ]
  for (const [key, said, other] of pairs) {
    if (said !== other) throw apart(`${key} is ${said} in config.json and ${other} in the ${key.endsWith('id') ? 'tokenizer' : 'processor'}`, folder)
  }
  if (tokenizer.size > text.vocabSize) throw apart(`the tokenizer has ${tokenizer.size} ids, the embedding ${text.vocabSize} rows`, folder)
}

function apart(what: string, folder: string): SightlineError {
  return new SightlineError('bad_checkpoint', `The files of the checkpoint do not belong together: ${what}`, {
    where: folder, advice: 'Take all files from the same model'
  })
}
