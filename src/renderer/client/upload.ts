import { SightlineError } from '#shared/domain/errors.ts'

/** A chosen file and its place below the chosen folder. */
export interface ChosenFile { readonly path: string; readonly file: File }

export function chosenFiles(list: FileList | null): ChosenFile[] {
  return [...(list ?? [])].map((file) => ({ path: file.webkitRelativePath || file.name, file }))
}

/** Files that may hold records; the rest are pictures and videos they name. */
export function recordFiles(files: readonly ChosenFile[]): ChosenFile[] {
  return files.filter(({ path }) => /\.(json|jsonl)$/i.test(path))
}

/**
 * Uploads files one by one into a batch of their own below the project's inbox.
 * @returns the folder they lie in, relative to the project
 * @throws SightlineError `bad_input` when the server refuses a file; what was sent before it stays in the inbox
 */
export async function uploadBatch(files: readonly ChosenFile[], onProgress: (sent: number) => void, signal: AbortSignal): Promise<string> {
  const batch = `${Date.now().toString(36)}-${Math.floor(crypto.getRandomValues(new Uint32Array(1))[0] ?? 0).toString(36)}`
  for (const [sent, { path, file }] of files.entries()) {
    onProgress(sent)
    const address = `/inbox/${batch}/${path.split('/').map(encodeURIComponent).join('/')}`
    const response = await fetch(address, { method: 'PUT', body: file, signal })
    if (!response.ok) {
      const reason = (await response.text()).slice(0, 300)
      throw new SightlineError('bad_input', `The file was not accepted: ${reason || response.statusText}`, { where: path, advice: 'Remove or replace this file and import again.' })
    }
  }
  onProgress(files.length)
  return `inbox/${batch}`
}
