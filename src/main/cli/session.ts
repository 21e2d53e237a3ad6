import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { z } from 'zod'
import type { Checkpoint } from '#shared/domain/checkpoint.ts'
import { Split } from '#shared/domain/datasetItem.ts'
import { DeviceWish } from '#shared/domain/device.ts'
import { SightlineError } from '#shared/domain/errors.ts'
import { baseCheckpoint } from '../api/baseModel.ts'
import { openStudio, type Studio } from '../api/studio.ts'
import type { Workshop } from '../jobs/workshop.ts'
import { listCheckpoints } from '../store/checkpoints.ts'
import { openOutput, type Output } from './output.ts'

export type CommonOptions = { readonly json?: boolean; readonly threads?: number; readonly device?: DeviceWish }

/** What a command works with: an open project and somewhere to speak. */
export type Session = { readonly studio: Studio; readonly workshop: Workshop; readonly output: Output }

/**
 * Opens the project in `folder`, runs the command, closes it again whatever happened.
 * @throws SightlineError `not_a_project` unless `create` is set or a project is there
 */
export async function withProject<T>(folder: string, options: CommonOptions & { readonly create?: boolean }, command: (session: Session) => Promise<T>): Promise<T> {
  const path = resolve(folder)
  if (options.create !== true && !existsSync(join(path, 'project.sqlite'))) {
    throw new SightlineError('not_a_project', 'There is no project here', { where: path, advice: `Make one with \`init ${folder}\`` })
  }
  const studio = await openStudio({ folder: path, rendererFolder: null, ...(options.threads === undefined ? {} : { threads: options.threads }) })
  const output = openOutput(options.json === true)
  try {
    return await command({ studio, workshop: studio.workshop, output })
  } finally {
    output.done()
    await studio.close()
  }
}

/**
 * The checkpoint a person means by `name`: an id, a name, `base` (the embedded model) or `latest`.
 * @throws SightlineError `not_found`, listing what there is
 */
export function chooseCheckpoint(workshop: Workshop, name: string): Checkpoint {
  const known = listCheckpoints(workshop.project)
  const found = name === 'latest' ? known.at(-1) : name === 'base' ? (baseCheckpoint(workshop.project) ?? undefined) : known.findLast((checkpoint) => checkpoint.id === name || checkpoint.name === name)
  if (found !== undefined) return found
  const names = known.map((checkpoint) => `${checkpoint.id} (${checkpoint.name})`)
  throw new SightlineError('not_found', `No checkpoint is called '${name}'`, { where: workshop.project.folder, advice: names.length === 0 ? 'The project has none' : `There are: ${names.join(', ')}` })
}

/** One of some words from the command line. @throws SightlineError `bad_input` naming the option and the words */
export function oneOf<T extends string>(option: string, words: readonly T[]): (text: string) => T {
  return (text) => {
    const found = words.find((word) => word === text)
    if (found !== undefined) return found
    throw new SightlineError('bad_input', `${option} takes ${words.join(', ')}, got '${text}'`, { where: option })
  }
}

/** The device a job is asked to run on, from the command line. */
export const deviceWish = oneOf('--device', DeviceWish.options)

/** The split that a command works on. */
export const splitName = oneOf('--split', Split.options)

/** A whole number from the command line. @throws SightlineError `bad_input` naming the option */
export function wholeNumber(option: string, least: number, most = Number.MAX_SAFE_INTEGER): (text: string) => number {
  return (text) => {
    const value = Number(text)
    if (text.trim() !== '' && Number.isInteger(value) && value >= least && value <= most) return value
    const range = most === Number.MAX_SAFE_INTEGER ? `of at least ${least}` : `from ${least} to ${most}`
    throw new SightlineError('bad_input', `${option} takes a whole number ${range}, got '${text}'`, { where: option })
  }
}

/** A number from the command line. @throws SightlineError `bad_input` naming the option */
export function realNumber(option: string, least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text)
    if (text.trim() !== '' && value >= least && value <= most) return value
    throw new SightlineError('bad_input', `${option} takes a number from ${least} to ${most}, got '${text}'`, { where: option })
  }
}

/** A request put together from options. @throws SightlineError `bad_input` naming the option it does not take */
export function requested<S extends z.ZodType>(schema: S, options: unknown): z.output<S> {
  const request = schema.safeParse(options)
  if (request.success) return request.data
  const issue = request.error.issues[0]
  throw new SightlineError('bad_input', issue?.message ?? 'The request does not fit', { where: `--${issue?.path.join('.') ?? ''}` })
}
