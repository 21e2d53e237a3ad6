import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { SightlineError } from '#shared/domain/errors.ts'

/** Path below the program's own `resources` folder, found upwards from this file (source tree and bundle alike). */
export function resourcePath(...parts: string[]): string {
  let folder = import.meta.dirname
  while (!existsSync(join(folder, 'resources', 'prompts'))) {
    const parent = dirname(folder)
    if (parent === folder) throw new SightlineError('not_found', 'The resources folder is missing', { where: import.meta.dirname, advice: 'Install Sightline again' })
    folder = parent
  }
  return join(folder, 'resources', ...parts)
}

/** Parsed JSON of a packaged data file. Throws SightlineError `not_found` naming what there is instead. */
export function readResource(folder: string, name: string): unknown {
  const path = resourcePath(folder, `${name}.json`)
  if (!existsSync(path)) {
    throw new SightlineError('not_found', `There is no ${folder} entry called "${name}"`, { where: path, advice: `Choose one of: ${resourceNames(folder).join(', ')}` })
  }
  return JSON.parse(readFileSync(path, 'utf8')) as unknown
}

/** Names of the packaged JSON files of a kind (`prompts`, `drawStyles`), sorted. */
export function resourceNames(folder: string): string[] {
  return readdirSync(resourcePath(folder)).filter((file) => file.endsWith('.json')).map((file) => file.slice(0, -5)).toSorted()
}
