import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { type DeviceName, type DeviceVerdict, DeviceWish } from '#shared/domain/device.ts'
import { SightlineError } from '#shared/domain/errors.ts'
import { knownVerdict, webGpuVerdict } from './deviceProbe.ts'
import type { Workshop } from './workshop.ts'

/** What the user wants all work to run on where it is not said, and what it would run on now. */
export interface DeviceState {
  readonly wish: DeviceWish
  readonly device: DeviceName
  /** Null: the adapter was not asked yet. */
  readonly verdict: DeviceVerdict | null
}

const FILE = 'deviceWish.json'
const Kept = z.object({ wish: DeviceWish })

/** The state in a user's folder; the adapter is not asked. */
export async function deviceState(folder: string): Promise<DeviceState> {
  const [wish, verdict] = [await readWish(folder), await knownVerdict(folder)]
  return { wish, verdict, device: wish === 'webgpu' || (wish === 'auto' && verdict?.preferred === true) ? 'webgpu' : 'cpu' }
}

/** Keeps what the user wants. @throws SightlineError `device` when it is WebGPU and that cannot be used here */
export async function keepDeviceWish(folder: string, wish: DeviceWish): Promise<void> {
  if (wish === 'webgpu') await requireWebGpu(folder)
  await mkdir(folder, { recursive: true })
  await writeFile(join(folder, FILE), JSON.stringify({ wish }))
}

/**
 * What a job runs on: as it was asked for, else as the user set, else WebGPU where a probe found it right and faster. Only a wish for
 * WebGPU itself asks the adapter.
 * @throws SightlineError `device` when WebGPU was asked for and cannot be used here
 */
export async function chooseDevice({ endpoints: { folder } }: Pick<Workshop, 'endpoints'>, asked: DeviceWish = 'auto'): Promise<DeviceName> {
  const wish = asked === 'auto' ? await readWish(folder) : asked
  if (wish === 'auto') return (await knownVerdict(folder))?.preferred === true ? 'webgpu' : 'cpu'
  if (wish === 'webgpu') await requireWebGpu(folder)
  return wish
}

async function requireWebGpu(folder: string): Promise<void> {
  const { usable, words } = await webGpuVerdict({ folder })
  if (!usable) throw new SightlineError('device', `WebGPU cannot be used here: ${words}`, { where: 'webgpu', advice: 'Choose the CPU, or look at `sightline devices --probe`' })
}

async function readWish(folder: string): Promise<DeviceWish> {
  const text = await readFile(join(folder, FILE), 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null
    throw error
  })
  return text === null ? 'auto' : Kept.parse(JSON.parse(text)).wish
}
