import { existsSync } from 'node:fs'
import { readdir, realpath } from 'node:fs/promises'
import { join, relative, resolve, sep } from 'node:path'
import { SightlineError } from '#shared/domain/errors.ts'
import { INBOX } from './inbox.ts'

/** How deep candidates are looked for: a download cache nests its folders three levels. */
const DEPTH = 4
const MOST = 200

/**
 * The absolute folder a request means, if its door may read it: below the inbox or one of `allowed`, links followed; anywhere
 * when `allowed` is null.
 * @throws SightlineError `not_found`, `outside_project`
 */
export async function resolveModelFolder(projectFolder: string, allowed: readonly string[] | null, path: string): Promise<string> {
  const wanted = resolve(projectFolder, path)
  const real = await realOrNull(wanted)
  if (allowed !== null) {
    const roots = (await Promise.all([join(projectFolder, INBOX), ...allowed].map(realOrNull))).filter((root) => root !== null)
    // A folder outside is refused the same way whether or not it exists.
    if (real === null ? !roots.some((root) => isInside(root, wanted)) : !roots.some((root) => isInside(root, real))) {
      throw new SightlineError('outside_project', 'Models are imported from the project\'s inbox and the folders the server was started with', {
        where: path, advice: 'Start it with `--models FOLDER`, or use `import-model` on the command line'
      })
    }
  }
  if (real === null) throw new SightlineError('not_found', 'There is no such folder', { where: path })
  return real
}

/** Folders that look like checkpoints below the inbox and the allowed folders; inside the project relative to it. */
export async function importableFolders(projectFolder: string, allowed: readonly string[] | null): Promise<string[]> {
  const found: string[] = []
  for (const root of [join(projectFolder, INBOX), ...(allowed ?? [])]) await collect(resolve(projectFolder, root), DEPTH, found)
  return found.map((folder) => (isInside(projectFolder, folder) ? relative(projectFolder, folder).split(sep).join('/') : folder))
}

async function collect(folder: string, depth: number, found: string[]): Promise<void> {
  if (!existsSync(folder) || found.length >= MOST) return
  if (existsSync(join(folder, 'config.json')) && (existsSync(join(folder, 'model.safetensors')) || existsSync(join(folder, 'model.safetensors.index.json')))) {
    found.push(folder)
    return
  }
  if (depth === 0) return
  for (const entry of (await readdir(folder, { withFileTypes: true })).sort((a, b) => a.name.localeCompare(b.name))) {
    if (entry.isDirectory()) await collect(join(folder, entry.name), depth - 1, found)
  }
}

async function realOrNull(path: string): Promise<string | null> {
  return await realpath(path).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT' || cause.code === 'ENOTDIR' || cause.code === 'EACCES') return null
    throw cause
  })
}

function isInside(root: string, path: string): boolean {
  return path === root || path.startsWith(root.endsWith(sep) ? root : root + sep)
}
