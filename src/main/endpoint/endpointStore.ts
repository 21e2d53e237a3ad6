import { chmod, mkdir, open, readFile, rename, rm } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'
import { Endpoint, type KnownEndpoint } from '#shared/domain/endpoint.ts'
import { SightlineError } from '#shared/domain/errors.ts'

/** How keys are written down: sealed by the system's key store in the desktop window, as they are elsewhere. */
export interface KeyVault {
  readonly name: 'file' | 'system'
  seal(key: string): string
  open(sealed: string): string
}

/** Keeps keys as they are: the file they lie in is readable by its owner alone. */
export const fileVault: KeyVault = { name: 'file', seal: (key) => key, open: (sealed) => sealed }

const Kept = Endpoint.extend({ key: z.object({ vault: z.enum(['file', 'system']), sealed: z.string() }).nullable() })
type Kept = z.infer<typeof Kept>
const KeptFile = z.object({ endpoints: z.array(Kept) })

/** Where programs keep a user's settings on this system. */
export function userFolder(): string {
  switch (process.platform) {
    case 'darwin': return join(homedir(), 'Library', 'Application Support', 'Sightline')
    case 'win32': return join(homedir(), 'AppData', 'Roaming', 'Sightline')
    default: return join(homedir(), '.config', 'sightline')
  }
}

/**
 * The user's endpoints and their keys: one file of mode 0600 in the user's own folder, outside every project, so that a
 * project that is copied, shared or served takes no key along.
 */
export class EndpointStore {
  readonly #folder: string
  readonly #vault: KeyVault

  constructor(folder = userFolder(), vault: KeyVault = fileVault) {
    this.#folder = folder
    this.#vault = vault
  }

  /** Where the user's settings are. */
  get folder(): string {
    return this.#folder
  }

  async list(): Promise<KnownEndpoint[]> {
    return (await this.#read()).map(known)
  }

  /** Adds an endpoint or replaces the one of its name, key included. */
  async add(endpoint: Endpoint, key: string | null): Promise<KnownEndpoint> {
    const kept: Kept = { ...Endpoint.parse(endpoint), key: key === null ? null : { vault: this.#vault.name, sealed: this.#vault.seal(key) } }
    await this.#write([...(await this.#read()).filter(({ name }) => name !== endpoint.name), kept])
    return known(kept)
  }

  /** @throws SightlineError `not_found` */
  async remove(name: string): Promise<void> {
    const kept = await this.#find(name)
    await this.#write((await this.#read()).filter((other) => other.name !== kept.name))
  }

  /** An endpoint with its key, for the client alone. @throws SightlineError `not_found`, or `unauthorized` when the key cannot be opened here */
  async open(name: string): Promise<{ endpoint: Endpoint; key: string | null }> {
    const { key, ...endpoint } = await this.#find(name)
    if (key !== null && key.vault !== this.#vault.name) {
      throw new SightlineError('unauthorized', `The key of the endpoint "${name}" was sealed by the ${key.vault === 'system' ? 'desktop window' : 'command line'}`, {
        where: this.#file, advice: 'Add the endpoint again here'
      })
    }
    return { endpoint, key: key === null ? null : this.#vault.open(key.sealed) }
  }

  get #file(): string {
    return join(this.#folder, 'endpoints.json')
  }

  async #find(name: string): Promise<Kept> {
    const all = await this.#read()
    const found = all.find((kept) => kept.name === name)
    if (found !== undefined) return found
    const names = all.map((kept) => kept.name).join(', ')
    throw new SightlineError('not_found', `There is no endpoint "${name}"`, { advice: names === '' ? 'Add one with `endpoint add`' : `There are: ${names}` })
  }

  async #read(): Promise<Kept[]> {
    const text = await readFile(this.#file, 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return null
      throw error
    })
    if (text === null) return []
    // Someone may have copied the file back with open permissions.
    await chmod(this.#file, 0o600)
    const kept = KeptFile.safeParse(jsonOrNull(text))
    if (kept.success) return kept.data.endpoints
    throw new SightlineError('unreadable_file', 'The file of endpoints cannot be read', { where: this.#file, advice: 'Mend or remove it, then add the endpoints again' })
  }

  async #write(endpoints: readonly Kept[]): Promise<void> {
    await mkdir(this.#folder, { recursive: true, mode: 0o700 })
    const temporary = `${this.#file}.part`
    await rm(temporary, { force: true })
    const handle = await open(temporary, 'wx', 0o600)
    try {
      await handle.writeFile(`${JSON.stringify({ endpoints }, null, 1)}\n`)
      await handle.sync()
    } finally {
      await handle.close()
    }
    await rename(temporary, this.#file)
  }
}

function known({ key, ...endpoint }: Kept): KnownEndpoint {
  return { ...endpoint, hasKey: key !== null }
}

function jsonOrNull(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    if (error instanceof SyntaxError) return null
    throw error
  }
}
