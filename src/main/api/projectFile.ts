import { realpath } from 'node:fs/promises'
import { join, sep } from 'node:path'
import { SightlineError } from '#shared/domain/errors.ts'

/** The real path of a file or folder below the project folder. @throws SightlineError `not_found`, or `outside_project` through a link */
export async function projectFile(folder: string, path: string): Promise<string> {
  const root = await realpath(folder)
  const file = await realpath(join(root, path)).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT' && error.code !== 'ENOTDIR') throw error
    throw new SightlineError('not_found', 'There is no such file in the project folder', { where: path, advice: 'Upload it first', cause: error })
  })
  if (!file.startsWith(root + sep)) throw new SightlineError('outside_project', 'The file lies outside the project folder', { where: path })
  return file
}
