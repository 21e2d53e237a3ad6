import { existsSync } from 'node:fs'
import { copyFile, link, mkdir, open, readFile, realpath, rename, rm, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { SightlineError } from '#shared/domain/errors.ts'
import { elementCount } from '../runtime/tensor.ts'
import { openWeights, type WeightFiles } from '../runtime/weightFiles.ts'
import { openCheckpointFolder, type CheckpointFolder } from './checkpointFolder.ts'
import { checkTensors } from './completeness.ts'
import { type ConversionControl, type ConvertedTensor, convertWeights } from './convertWeights.ts'
import { parametersOf } from './families/parameters.ts'

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
  /** `linked`: the same bytes on the same disk; `copied`: another disk; `converted`: bfloat16 became float16. */
  readonly weights: 'linked' | 'copied' | 'converted'
  readonly converted: readonly ConvertedTensor[]
  /** Tensors of the source that the model has no use for. */
  readonly unused: readonly string[]
}

/**
 * Brings a Hugging Face folder into `models`: checks configuration, tokenizer, chat template and every tensor, then links the
 * weights (float16 and float32 stay as they are) or converts them once (bfloat16), into `<name>-<hash>`, which appears whole or
 * not at all. The source is only read.
 * @throws SightlineError `bad_checkpoint` or `unsupported` naming what does not fit, `conflict` when it is already there,
 * `cancelled`, `disk_full`
 */
export async function importCheckpoint(source: string, models: string, name: string, control: ConversionControl): Promise<ImportedCheckpoint> {
  const checkpoint = await openCheckpointFolder(source)
  try {
    const unused = checkTensors(checkpoint.config, checkpoint.tensors, source)
    await mkdir(models, { recursive: true })
    const draft = join(models, `${name}.${process.pid}.partial`)
    await rm(draft, { recursive: true, force: true })
    await mkdir(draft)
    try {
      const made = await furnish(checkpoint, draft, unused, control)
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
  { folder, config, tensors }: CheckpointFolder, draft: string, unused: readonly string[], control: ConversionControl
): Promise<Pick<ImportedCheckpoint, 'hash' | 'parameters' | 'weights' | 'converted'>> {
  const useless = new Set(unused)
  const names = tensors.names.filter((name) => !useless.has(name))
  const bfloat = names.some((name) => tensors.info(name).dtype === 'BF16')
  const { converted } = bfloat ? await convertWeights(tensors, names, draft, control) : { converted: [] }
  const weights = bfloat ? 'converted' : await linkWeights(tensors, draft)
  for (const companion of COMPANIONS) {
    if (existsSync(join(folder, companion))) await copySynced(join(folder, companion), join(draft, companion))
  }
  if (bfloat) await stateHalf(join(draft, 'config.json'), converted)
  const written = await openWeights(draft)
  try {
    checkTensors(config, written, draft)
    return { hash: await written.hash(), parameters: parametersOf(config).reduce((sum, { shape }) => sum + elementCount(shape), 0), weights, converted }
  } finally {
    await written.close()
  }
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

/** transformers loads in the precision the configuration names. */
async function stateHalf(path: string, converted: readonly ConvertedTensor[]): Promise<void> {
  const config = JSON.parse(await readFile(path, 'utf8')) as Record<string, unknown>
  const dtype = converted.some((tensor) => tensor.dtype === 'F32') ? 'float32' : 'float16'
  const { dtype: named, ...rest } = config
  await writeFile(path, `${JSON.stringify({ ...rest, torch_dtype: dtype, ...(named === undefined ? {} : { dtype }) }, null, 2)}\n`, { flush: true })
}
