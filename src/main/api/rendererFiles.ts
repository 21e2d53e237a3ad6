import { readFile, stat } from 'node:fs/promises'
import { extname, join, normalize, sep } from 'node:path'

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.woff': 'font/woff',
  '.ttf': 'font/ttf',
  '.wasm': 'application/wasm'
}

export interface RendererFile {
  bytes: Uint8Array<ArrayBuffer>
  type: string
  /** Built files carry a hash in their name and never change; the page itself may. */
  immutable: boolean
}

/** Reads one file of the built renderer; null when the path is not one. A path without an extension is a page of the studio. */
export async function rendererFile(root: string, urlPath: string): Promise<RendererFile | null> {
  const extension = extname(urlPath)
  const wanted = extension === '' ? 'index.html' : urlPath.replace(/^\/+/, '')
  const path = normalize(join(root, wanted))
  const type = TYPES[extension === '' ? '.html' : extension.toLowerCase()]
  if (type === undefined || !path.startsWith(normalize(root) + sep) || wanted.includes('\0')) return null
  const found = await stat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return null
    throw error
  })
  if (!found?.isFile()) return null
  return { bytes: await readFile(path), type, immutable: wanted.startsWith('assets/') }
}
