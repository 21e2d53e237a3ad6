import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdir, open, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { DeviceName } from '#shared/domain/device.ts'
import { SightlineError } from '#shared/domain/errors.ts'

/**
 * A run's position. Everything random in a stage is drawn from a stream named by (seed, purpose, step), and data orders are
 * pure functions of the seed: the step (with weights and moments beside it) is the whole state.
 */
export const RunPosition = z.object({
  stage: z.string(),
  seed: z.int(),
  /** Optimizer steps taken. */
  step: z.int().nonnegative(),
  /** SHA-256 over what the steps depend on (settings, data): a state never goes on under other inputs. */
  inputs: z.string(),
  /** What the steps up to here ran on. */
  device: DeviceName.optional()
})
export type RunPosition = z.infer<typeof RunPosition>

const Manifest = z.object({ position: RunPosition, files: z.record(z.string(), z.string()) })

/** What can write itself into a folder and come back from it to the last bit (the trainer: weights, moments, step). */
export interface Savable {
  saveState(folder: string): Promise<void>
  loadState(folder: string): Promise<void>
}

const MANIFEST = 'state.json'
const STATE_NAME = /^state-(\d{8})$/

/**
 * Saves a run's state so that a kill at any moment leaves a whole one: written to a folder of its own, each file hashed and
 * synced, verified by reading back, then renamed; older states are removed last.
 */
export async function saveRunState(runFolder: string, position: RunPosition, trainer: Savable): Promise<void> {
  const name = `state-${String(position.step).padStart(8, '0')}`
  if ((await verified(join(runFolder, name)))?.inputs === position.inputs) return
  const draft = join(runFolder, `${name}.draft`)
  try {
    await writeDraft(draft, position, trainer)
  } catch (error) {
    // A full disk above all: what was half-written gives its room back, the state before it stands.
    await rm(draft, { recursive: true, force: true })
    throw error
  }
  await rm(join(runFolder, name), { recursive: true, force: true })
  await rename(draft, join(runFolder, name))
  await syncFile(runFolder)
  await removeStates(runFolder, (step) => step !== position.step)
}

async function writeDraft(draft: string, position: RunPosition, trainer: Savable): Promise<void> {
  await rm(draft, { recursive: true, force: true })
  await mkdir(draft, { recursive: true })
  await trainer.saveState(draft)
  const files: Record<string, string> = {}
  for (const file of (await readdir(draft)).sort()) {
    await syncFile(join(draft, file))
    files[file] = await hashFile(join(draft, file))
  }
  await writeFile(join(draft, MANIFEST), JSON.stringify({ position, files }), { flush: true })
  if (await verified(draft) !== null) return
  throw new SightlineError('device', 'A saved state did not read back as it was written', { where: draft, advice: 'check the disk; the state before it is kept' })
}

/**
 * Loads the newest whole state into the trainer; null when there is none.
 * @throws SightlineError `conflict` when the state was made from other settings or data than `inputs`.
 */
export async function loadRunState(runFolder: string, inputs: string, trainer: Savable): Promise<RunPosition | null> {
  for (const step of (await statesIn(runFolder)).reverse()) {
    const folder = join(runFolder, `state-${String(step).padStart(8, '0')}`)
    const position = await verified(folder)
    if (position === null) continue
    if (position.inputs !== inputs) {
      throw new SightlineError('conflict', 'The saved state of this run was made from other settings or data', {
        where: folder, advice: 'start a new run; this one can only go on with the inputs it began with'
      })
    }
    await trainer.loadState(folder)
    return position
  }
  return null
}

/** Whether there is anything to go on from. */
export async function hasRunState(runFolder: string): Promise<boolean> {
  return (await statesIn(runFolder)).length > 0
}

/** Removes the states of a finished run: its checkpoint replaces them. */
export async function dropRunStates(runFolder: string): Promise<void> {
  await removeStates(runFolder, () => true)
}

/** The state's position if every file is there with its recorded hash, else null (a half-written or damaged state). */
async function verified(folder: string): Promise<RunPosition | null> {
  const text = await readFile(join(folder, MANIFEST), 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null
    throw error
  })
  const manifest = text === null ? null : Manifest.safeParse(jsonOrNull(text))
  if (!manifest?.success) return null
  const present = new Set(await readdir(folder))
  for (const [file, hash] of Object.entries(manifest.data.files)) {
    if (!present.has(file) || await hashFile(join(folder, file)) !== hash) return null
  }
  return manifest.data.position
}

function jsonOrNull(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    if (error instanceof SyntaxError) return null
    throw error
  }
}

async function statesIn(runFolder: string): Promise<number[]> {
  await mkdir(runFolder, { recursive: true })
  const names = await readdir(runFolder)
  return names.flatMap((name) => STATE_NAME.exec(name)?.[1] ?? []).map(Number).sort((a, b) => a - b)
}

async function removeStates(runFolder: string, remove: (step: number) => boolean): Promise<void> {
  for (const step of await statesIn(runFolder)) {
    if (remove(step)) await rm(join(runFolder, `state-${String(step).padStart(8, '0')}`), { recursive: true, force: true })
  }
}

async function syncFile(path: string): Promise<void> {
  const handle = await open(path, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

async function hashFile(path: string): Promise<string> {
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer)
  return hash.digest('hex')
}

/** Decides when a state is worth saving: never more than a twentieth of the time, never less often than it must; every time for 0 seconds. */
export class SaveClock {
  readonly #leastSeconds: number
  #savedAt: number
  #lastCost = 0

  constructor(leastSeconds: number, now = performance.now()) {
    this.#leastSeconds = leastSeconds
    this.#savedAt = now
  }

  due(now = performance.now()): boolean {
    return this.#leastSeconds === 0 || (now - this.#savedAt) / 1000 >= Math.max(this.#leastSeconds, 20 * this.#lastCost)
  }

  async timed(save: () => Promise<void>): Promise<void> {
    const before = performance.now()
    await save()
    this.#savedAt = performance.now()
    this.#lastCost = (this.#savedAt - before) / 1000
  }
}
