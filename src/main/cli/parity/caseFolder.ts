import { existsSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { SightlineError } from '#shared/domain/errors.ts'
import { GenerationConfig, openTokenizer } from '../../model/checkpointFolder.ts'
import { missingFile, readOptionalJson } from '../../model/checkpointFile.ts'
import { readConfig, type TokenIds, type VisionLanguageConfig } from '../../model/config.ts'
import { parametersOf } from '../../model/families/parameters.ts'
import { type ModelSettings, VisionLanguageModel } from '../../model/visionLanguageModel.ts'
import { floats, type HostTensor } from '../../runtime/tensor.ts'
import { openWeights } from '../../runtime/weightFiles.ts'

export const CASE_FILE = 'case.safetensors'
export const TEXT_FILE = 'text.json'
export const IMAGES_FILE = 'images.json'

/** Folders at or below `folder` that hold something to compare, in order of name. Links are not followed. */
export async function caseFolders(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT' || cause.code === 'ENOTDIR') throw new SightlineError('not_found', 'There is no such folder', { where: folder, cause })
    throw cause
  })
  const own = entries.some((entry) => entry.isFile() && [CASE_FILE, TEXT_FILE, IMAGES_FILE].includes(entry.name)) ? [folder] : []
  const below = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name).sort()
  const found = await Promise.all(below.map((name) => caseFolders(join(folder, name))))
  return [...own, ...found.flat()]
}

/** Whether the checkpoint brings a tokenizer; tiny random ones have none and need none. */
export function hasTokenizer(folder: string): boolean {
  return existsSync(join(folder, 'tokenizer.json')) || existsSync(join(folder, 'vocab.json'))
}

/**
 * The case's model in float32, from its configuration and weights alone.
 * @throws SightlineError `bad_checkpoint` or `unsupported` naming what does not fit
 */
export async function openModel(folder: string, settings: ModelSettings): Promise<VisionLanguageModel> {
  const config = await openConfig(folder)
  const tensors = await openWeights(folder)
  try {
    const weights = new Map<string, HostTensor>()
    for (const { name } of parametersOf(config)) weights.set(name, floats(tensors.info(name).shape, await tensors.read(name)))
    return new VisionLanguageModel(config, weights, settings)
  } finally {
    await tensors.close()
  }
}

async function openConfig(folder: string): Promise<VisionLanguageConfig> {
  const json = await readOptionalJson(folder, 'config.json')
  if (json === undefined) throw missingFile(folder, 'config.json')
  const generation = GenerationConfig.safeParse(await readOptionalJson(folder, 'generation_config.json') ?? {})
  const eos = generation.success ? generation.data.eos_token_id : null
  const named: Partial<TokenIds> = eos === null || eos === undefined ? {} : { eos: [eos].flat() }
  if (!hasTokenizer(folder)) return readConfig(json, { where: join(folder, 'config.json'), ids: named })
  const { special } = await openTokenizer(folder)
  const ids = { imagePad: special.imagePad, videoPad: special.videoPad, visionStart: special.visionStart, visionEnd: special.visionEnd, ...named }
  return readConfig(json, { where: join(folder, 'config.json'), ids })
}
