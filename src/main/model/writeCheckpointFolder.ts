import { existsSync } from 'node:fs'
import { mkdir, open, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { openSafetensors, writeSafetensors } from '../runtime/safetensors.ts'
import type { FloatTensor, OverflowReport } from '../runtime/safetensors.ts'
import { fileHash } from '../runtime/weightFiles.ts'
import type { GenerationConfig } from './checkpointFolder.ts'
import type { VisionLanguageConfig } from './config.ts'
import { writeProcessorConfig } from './processor.ts'
import type { ProcessorConfig } from './processor.ts'
import type { Tokenizer } from './tokenizer.ts'
import { writeConfig } from './writeConfig.ts'

export interface CheckpointParts {
  readonly config: VisionLanguageConfig
  readonly processor: ProcessorConfig
  readonly tokenizer: Tokenizer
  /** By hub names, a tied head left out; or what writes them to a safetensors file of its own making. */
  readonly tensors: ReadonlyMap<string, FloatTensor> | ((path: string) => Promise<void>)
  /** Of the weights, or of most of them. */
  readonly dtype: 'F32' | 'F16'
  /** Default: greedy, stopping at the configuration's eos ids. */
  readonly generation?: GenerationConfig
  /** Goes into the header of the weights file. */
  readonly metadata?: Readonly<Record<string, string>>
  /** Writes more into the folder before it gets its name. */
  readonly beside?: (folder: string) => Promise<void>
}

/**
 * Writes a Hugging Face folder: everything into a folder beside `folder`, synced, then renamed, so that `folder` is whole
 * or as it was. An existing folder is moved aside first and removed last. Returns the SHA-256 of model.safetensors and what
 * did not fit F16.
 */
export async function writeCheckpointFolder(folder: string, parts: CheckpointParts): Promise<{ hash: string; overflow: OverflowReport }> {
  const partial = `${folder}.${process.pid}.partial`
  const replaced = `${folder}.${process.pid}.replaced`
  await mkdir(dirname(folder), { recursive: true })
  await rm(partial, { recursive: true, force: true })
  await mkdir(partial)
  try {
    const weights = join(partial, 'model.safetensors')
    const overflow = await writeWeights(weights, parts)
    for (const [name, json] of Object.entries(jsonFiles(parts))) await writeJson(join(partial, name), json)
    await parts.beside?.(partial)
    // Read back before it takes its place: a header that parses, every tensor inside the file, every byte readable.
    await (await openSafetensors(weights)).close()
    const hash = await fileHash(weights)
    if (existsSync(folder)) await rename(folder, replaced)
    await rename(partial, folder)
    await rm(replaced, { recursive: true, force: true })
    return { hash, overflow }
  } catch (error) {
    await rm(partial, { recursive: true, force: true })
    if (!existsSync(folder) && existsSync(replaced)) await rename(replaced, folder)
    throw error
  }
}

async function writeWeights(path: string, { tensors, dtype, metadata }: CheckpointParts): Promise<OverflowReport> {
  if (typeof tensors !== 'function') return await writeSafetensors(path, tensors, { dtype, ...(metadata ? { metadata } : {}) })
  await tensors(path)
  return new Map()
}

function jsonFiles({ config, processor, tokenizer, generation, dtype }: CheckpointParts): Record<string, unknown> {
  const processorClass = config.vision.family === 'qwen2_5_vl' ? 'Qwen2_5_VLProcessor' : 'Qwen2VLProcessor'
  return {
    'config.json': { ...writeConfig(config), torch_dtype: dtype === 'F16' ? 'float16' : 'float32' },
    'generation_config.json': generation ?? {
      bos_token_id: config.ids.pad, pad_token_id: config.ids.pad, eos_token_id: config.ids.eos, do_sample: false
    },
    'preprocessor_config.json': { ...writeProcessorConfig(processor), processor_class: processorClass },
    'tokenizer.json': tokenizer.json,
    'tokenizer_config.json': { ...tokenizerDefaults(tokenizer, config), ...tokenizer.config, processor_class: processorClass }
  }
}

function tokenizerDefaults(tokenizer: Tokenizer, config: VisionLanguageConfig): Record<string, unknown> {
  return {
    tokenizer_class: 'Qwen2Tokenizer',
    added_tokens_decoder: Object.fromEntries(tokenizer.json.added_tokens.map(({ id, ...token }) => [String(id), token])),
    add_prefix_space: false,
    bos_token: null,
    unk_token: null,
    clean_up_tokenization_spaces: false,
    errors: 'replace',
    split_special_tokens: false,
    eos_token: '<|im_end|>',
    pad_token: '<|endoftext|>',
    model_max_length: config.text.maxPositions
  }
}

async function writeJson(path: string, json: unknown): Promise<void> {
  const file = await open(path, 'w')
  try {
    await file.writeFile(`${JSON.stringify(json, null, 2)}\n`)
    await file.sync()
  } finally {
    await file.close()
  }
}
