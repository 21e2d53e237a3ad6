import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { SightlineError } from '#shared/domain/errors.ts'
import { readProcessorConfig, type ProcessorConfig } from '../model/processor.ts'

const FILE = 'preprocessor_config.json'

/**
 * The picture limits of a checkpoint folder, for whoever writes paths that its model is to learn from. @throws SightlineError
 * `bad_checkpoint`
 */
export async function readStudentLimits(folder: string): Promise<ProcessorConfig> {
  const file = join(folder, FILE)
  return readProcessorConfig(await readJson(file), file)
}

async function readJson(file: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as unknown
  } catch (error) {
    const missing = error instanceof Error && 'code' in error && error.code === 'ENOENT'
    if (!missing && !(error instanceof SyntaxError)) throw error
    throw new SightlineError('bad_checkpoint', `The checkpoint has no ${FILE} that can be read`, { where: file, cause: error })
  }
}
