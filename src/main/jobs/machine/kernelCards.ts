import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { CardReading } from '#shared/domain/machine.ts'
import type { CardSource } from './cardSource.ts'

const DRM = '/sys/class/drm'

/** Cards whose Linux driver keeps load and memory in files (amdgpu does); other systems have no such folder. */
export class KernelCards implements CardSource {
  readonly #root: string
  #folders: Promise<{ name: string; folder: string }[]> | null = null

  constructor(root = DRM) {
    this.#root = root
  }

  async read(): Promise<readonly CardReading[] | null> {
    const folders = await (this.#folders ??= this.#telling())
    if (folders.length === 0) return null
    return await Promise.all(folders.map(async ({ name, folder }) => ({ name, ...await readCard(folder) })))
  }

  close(): void {}

  async #telling(): Promise<{ name: string; folder: string }[]> {
    const names = (await namesIn(this.#root)).filter((name) => /^card\d+$/.test(name)).sort()
    const cards = names.map((name) => ({ name, folder: join(this.#root, name, 'device') }))
    const told = await Promise.all(cards.map(async ({ folder }) => Object.values(await readCard(folder)).some((value) => value !== null)))
    return cards.filter((_, index) => told[index] === true)
  }
}

async function readCard(folder: string): Promise<Omit<CardReading, 'name'>> {
  const [busy, usedBytes, totalBytes] = await Promise.all(['gpu_busy_percent', 'mem_info_vram_used', 'mem_info_vram_total'].map((file) => numberIn(join(folder, file))))
  return { busy: busy === undefined || busy === null ? null : Math.min(1, busy / 100), usedBytes: usedBytes ?? null, totalBytes: totalBytes ?? null }
}

/** The number a file of the kernel holds; null where there is none, or where it refuses (a card that sleeps). */
async function numberIn(file: string): Promise<number | null> {
  const text = await readFile(file, 'utf8').catch(() => null)
  return text !== null && /^\d+\s*$/.test(text) ? Number(text) : null
}

async function namesIn(folder: string): Promise<string[]> {
  return await readdir(folder).catch(() => [])
}
