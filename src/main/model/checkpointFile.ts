import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { SightlineError } from '#shared/domain/errors.ts'

/** Largest JSON or text file of a checkpoint that is read; Qwen's tokenizer.json has 7 MB. */
const MAX_BYTES = 128 * 1024 * 1024

/** Text of a file of a checkpoint folder; null when there is none. Throws `bad_checkpoint` when it is absurdly large or no file. */
export async function readOptionalText(folder: string, name: string): Promise<string | null> {
  const path = join(folder, name)
  try {
    const facts = await stat(path)
    // A folder, a pipe or a device: reading one fails, or never ends.
    if (!facts.isFile()) throw new SightlineError('bad_checkpoint', `${name} is not a file`, { where: path, advice: 'Fetch the folder again' })
    const { size } = facts
    if (size > MAX_BYTES) throw new SightlineError('bad_checkpoint', `${name} is ${size} bytes long`, { where: path })
    return await readFile(path, 'utf8')
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && (cause.code === 'ENOENT' || cause.code === 'ENOTDIR')) return null
    throw cause
  }
}

/** Parsed JSON of a file of a checkpoint folder; undefined when there is none. Throws `bad_checkpoint` when it is not JSON. */
export async function readOptionalJson(folder: string, name: string): Promise<unknown> {
  const text = await readOptionalText(folder, name)
  if (text === null) return undefined
  try {
    return JSON.parse(text)
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause
    throw new SightlineError('bad_checkpoint', `${name} is not JSON: ${cause.message}`, { where: join(folder, name), advice: 'Fetch the file again', cause })
  }
}

/** The error for a file a checkpoint folder must have. */
export function missingFile(folder: string, name: string): SightlineError {
  return new SightlineError('bad_checkpoint', `The checkpoint has no ${name}`, { where: folder, advice: 'Choose a complete Hugging Face folder of a Qwen2-VL or Qwen2.5-VL model' })
}
