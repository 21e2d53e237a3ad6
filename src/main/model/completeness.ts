import { SightlineError } from '#shared/domain/errors.ts'
import type { TensorReader } from '../runtime/safetensors.ts'
import type { VisionLanguageConfig } from './config.ts'
import { parametersOf } from './families/parameters.ts'

/** Names told in one message; a wrong folder may lack hundreds. */
const TOLD = 6
const READABLE = new Set(['F32', 'F16', 'BF16', 'INT4'])

/**
 * Checks every tensor the configuration asks for: there, of its shape, of a type that can be read.
 * @returns tensors of the files that the model has no use for (a tied head, say)
 * @throws SightlineError `bad_checkpoint` naming what is missing or wrong, all kinds in one message
 */
export function checkTensors(config: VisionLanguageConfig, tensors: TensorReader, where: string): string[] {
  const expected = parametersOf(config)
  const present = new Set(tensors.names)
  const missing = expected.filter(({ name }) => !present.has(name)).map(({ name }) => name)
  const wrong = expected.filter(({ name }) => present.has(name)).flatMap(({ name, shape }) => {
    const found = tensors.info(name)
    if (found.shape.join() !== shape.join()) return [`${name} is [${found.shape.join(', ')}], config.json asks for [${shape.join(', ')}]`]
    return READABLE.has(found.dtype) ? [] : [`${name} is stored as ${found.dtype}`]
  })
  const complaints = [...(missing.length > 0 ? [`${missing.length} of ${expected.length} tensors are missing: ${listed(missing)}`] : []), ...(wrong.length > 0 ? [listed(wrong)] : [])]
  if (complaints.length > 0) {
    throw new SightlineError('bad_checkpoint', `The weights do not fit config.json: ${complaints.join('; ')}`, { where, advice: 'Fetch the whole folder again; its files must come from one model' })
  }
  const known = new Set(expected.map(({ name }) => name))
  return tensors.names.filter((name) => !known.has(name))
}

function listed(names: readonly string[]): string {
  const rest = names.length - TOLD
  return names.slice(0, TOLD).join(', ') + (rest > 0 ? ` and ${rest} more` : '')
}
