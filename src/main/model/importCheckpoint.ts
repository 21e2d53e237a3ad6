import { existsSync } from 'node:fs'
import { copyFile, link, mkdir, open, readFile, realpath, rename, rm, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { SightlineError } from '#shared/domain/errors.ts'
import { elementCount } from '../runtime/tensor.ts'
import { openWeights, type WeightFiles } from '../runtime/weightFiles.ts'
import { openCheckpointFolder, type CheckpointFolder } from './checkpointFolder.ts'
import { checkTensors } from './completeness.ts'
import { QUANTIZATION } from './configFile.ts'
import { type ConversionControl, type ConvertedTensor, convertWeights, type QuantizedWeight } from './convertWeights.ts'
import type { VisionLanguageConfig } from './config.ts'
import { parametersOf } from './families/parameters.ts'
import { linearModules } from './lora.ts'
import { compareLogits, type LogitsError } from './quantizationError.ts'
import { COLUMN_MULTIPLE } from './quantizeMatrix.ts'

/** Files of a checkpoint folder besides its weights; what else lies there is left behind. */
const COMPANIONS = [
  'config.json', 'generation_config.json', 'preprocessor_config.json', 'processor_config.json', 'video_preprocessor_config.json', 'tokenizer.json',
  'vocab.json', 'merges.txt', 'tokenizer_config.json', 'special_tokens_map.json', 'added_tokens.json', 'chat_template.json', 'chat_template.jinja',
  'README.md', 'LICENSE', 'LICENSE.txt', 'NOTICE'
]

export interface ImportedCheckpoint {
  /** Name of the new folder below `models`. */
  readonly folder: string
  readonly hash: string
  readonly family: string
  readonly parameters: number
  /** `linked`: the same bytes on the same disk; `copied`: another disk; `converted`: bfloat16 became float16; `quantized`: 4 bits as well. */
  readonly weights: 'linked' | 'copied' | 'converted' | 'quantized'
  readonly converted: readonly ConvertedTensor[]
  readonly quantized: readonly QuantizedWeight[]
  /** What rounding to 4 bits did to the answer to a question about a picture. */
  readonly logits: LogitsError | null
  /** Tensors of the source that the model has no use for. */
  readonly unused: readonly string[]
}

export interface ImportOptions {
  /** The decoder's linear layers are rounded to 4 bits; tower, norms, biases, embedding and head keep 16 bits or more. */
  readonly quantize?: boolean
  /** Of the comparison after rounding. */
  readonly threads?: number
}

/**
 * Brings a Hugging Face folder into `models`: checks configuration, tokenizer, chat template and every tensor, then links the
 * weights (float16 and float32 stay as they are) or converts them once (bfloat16, or to 4 bits where asked for), into `<name>-<hash>`, which appears whole or
 * not at all. The source is only read.
 * @throws SightlineError `bad_checkpoint` or `unsupported` naming what does not fit, `conflict` when it is already there,
 * `cancelled`, `disk_full`
 */
export async function importCheckpoint(source: string, models: string, name: string, control: ConversionControl, options: ImportOptions = {}): Promise<ImportedCheckpoint> {
  const checkpoint = await openCheckpointFolder(source)
  try {
    const unused = checkTensors(checkpoint.config, checkpoint.tensors, source)
    await mkdir(models, { recursive: true })
    const draft = join(models, `${name}.${process.pid}.partial`)
    await rm(draft, { recursive: true, force: true })
    await mkdir(draft)
    try {
      const made = await furnish(checkpoint, draft, unused, control, options)
      const folder = `${name}-${made.hash.slice(0, 8)}`
      if (existsSync(join(models, folder))) throw new SightlineError('conflict', 'This model is already in the project', { where: folder })
      await rename(draft, join(models, folder))
      return { ...made, folder, family: checkpoint.config.vision.family, unused }
    } finally {
      await rm(draft, { recursive: true, force: true })
    }
  } finally {
    await checkpoint.tensors.close()
  }
}

async function furnish(
  { folder, config, tensors }: CheckpointFolder, draft: string, unused: readonly string[], control: ConversionControl, { quantize = false, threads }: ImportOptions
): Promise<Pick<ImportedCheckpoint, 'hash' | 'parameters' | 'weights' | 'converted' | 'quantized' | 'logits'>> {
  const useless = new Set(unused)
  const names = tensors.names.filter((name) => !useless.has(name))
  const rounded = new Set(quantize ? quantizable(config) : [])
  const converts = quantize || names.some((name) => tensors.info(name).dtype === 'BF16')
  const { converted, quantized } = converts ? await convertWeights(tensors, names, draft, control, rounded) : { converted: [], quantized: [] }
  const weights = quantize ? 'quantized' : converts ? 'converted' : await linkWeights(tensors, draft)
  for (const companion of COMPANIONS) {
    if (existsSync(join(folder, companion))) await copySynced(join(folder, companion), join(draft, companion))
  }
  if (converts) await stateForm(join(draft, 'config.json'), names.some((name) => !rounded.has(name) && tensors.info(name).dtype === 'F32') || converted.some(({ dtype }) => dtype === 'F32'), quantize)
  const logits = quantize ? await compareLogits(folder, draft, threads) : null
  const written = await openWeights(draft)
  try {
    checkTensors(config, written, draft)
    const parameters = parametersOf(config).reduce((sum, { shape }) => sum + elementCount(shape), 0)
    return { hash: await written.hash(), parameters, weights, converted, quantized, logits }
  } finally {
    await written.close()
  }
}

/** Weights of the decoder's linear layers, most of a model. Throws `unsupported` when one cannot be cut into blocks. */
function quantizable(config: VisionLanguageConfig): string[] {
  const modules = linearModules(config).filter(({ name }) => name.startsWith('model.layers.'))
  const odd = modules.find((module) => module.in % COLUMN_MULTIPLE !== 0)
  if (odd) throw new SightlineError('unsupported', `${odd.name} has ${odd.in} columns; 4 bits need a multiple of ${COLUMN_MULTIPLE}`, { advice: 'Import the model without quantising it' })
  return modules.map(({ name }) => `${name}.weight`)
}

/** Hard links, so that a model lies on the disk once; a cache of symbolic links is followed to its files. */
async function linkWeights(tensors: WeightFiles, draft: string): Promise<'linked' | 'copied'> {
  let how: 'linked' | 'copied' = 'linked'
  for (const { path } of tensors.files) {
    const [from, to] = [await realpath(path), join(draft, basename(path))]
    try {
      await link(from, to)
    } catch (cause) {
      // Another disk, or a file system or owner that allows no links: the bytes are copied instead.
      if (!(cause instanceof Error && 'code' in cause && ['EXDEV', 'EPERM', 'ENOTSUP', 'EMLINK', 'EACCES'].includes(String(cause.code)))) throw cause
      await copySynced(from, to)
      how = 'copied'
    }
  }
  const index = 'model.safetensors.index.json'
  const beside = join(dirname(tensors.files[0]?.path ?? draft), index)
  if (existsSync(beside)) await copySynced(beside, join(draft, index))
  return how
}

async function copySynced(from: string, to: string): Promise<void> {
  await copyFile(await realpath(from), to)
  const handle = await open(to, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** transformers loads in the precision the configuration names, and refuses a form of quantisation that it does not know. */
async function stateForm(path: string, wide: boolean, quantized: boolean): Promise<void> {
  const config = JSON.parse(await readFile(path, 'utf8')) as Record<string, unknown>
  const dtype = wide ? 'float32' : 'float16'
  const { dtype: named, ...rest } = config
  await writeFile(path, `${JSON.stringify({ ...rest, torch_dtype: dtype, ...(named === undefined ? {} : { dtype }), ...(quantized ? { quantization_config: QUANTIZATION } : {}) }, null, 2)}\n`, { flush: true })
}
