import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, posix, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = dirname(dirname(fileURLToPath(import.meta.url)))

export type SourceFile = { readonly path: string; readonly text: string; readonly imports: readonly ImportEdge[] }
export type ImportEdge = { readonly target: string; readonly typeOnly: boolean; readonly foreign: boolean }

const STATEMENT = /(?:^|\n)\s*(?:import|export)\s+(type\s+)?(?:[^'"`;]*?\sfrom\s+)?['"]([^'"]+)['"]|import\(\s*['"]([^'"]+)['"]\s*\)/g

/** Every TypeScript and Vue file below `src/`, with what it imports; paths relative to `src/`, with forward slashes. */
export function readSources(): SourceFile[] {
  const files = readdirSync(join(root, 'src'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.(ts|vue)$/.test(entry.name))
    .map((entry) => relative(join(root, 'src'), join(entry.parentPath, entry.name)).replaceAll('\\', '/'))
    .sort()
  return files.map((path) => {
    const text = readFileSync(join(root, 'src', path), 'utf8')
    return { path, text, imports: [...text.matchAll(STATEMENT)].map((found) => edge(path, found[2] ?? found[3] ?? '', found[1] !== undefined)) }
  })
}

function edge(from: string, specifier: string, typeOnly: boolean): ImportEdge {
  if (specifier.startsWith('#shared/')) return { target: `shared/${specifier.slice(8)}`, typeOnly, foreign: false }
  if (specifier.startsWith('#main/')) return { target: `main/${specifier.slice(6)}`, typeOnly, foreign: false }
  if (specifier.startsWith('.')) return { target: posix.join(posix.dirname(from), specifier), typeOnly, foreign: false }
  const parts = specifier.split('/')
  return { target: specifier.startsWith('@') ? parts.slice(0, 2).join('/') : (parts[0] ?? ''), typeOnly, foreign: true }
}
