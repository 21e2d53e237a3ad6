import { ErrorRecord, SightlineError } from '#shared/domain/errors.ts'

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
    if (!response.ok) throw await refusal(response, path)
  }
  onProgress(files.length)
  return `inbox/${batch}`
}

/** The server's own reason where it gave one, with the file it is about. */
async function refusal(response: Response, path: string): Promise<SightlineError> {
  const body = await response.text()
  const record = response.headers.get('content-type')?.startsWith('application/json') === true ? ErrorRecord.safeParse(JSON.parse(body)) : null
  const known = record?.success === true ? record.data : null
  return new SightlineError(known?.code ?? 'bad_input', known?.message ?? `The file was not accepted (${response.status} ${response.statusText})`, {
    where: path, advice: known?.advice ?? 'Remove or replace this file and import again.'
  })
}
