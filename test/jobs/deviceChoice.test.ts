import { mkdir, mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import type { DeviceVerdict } from '#shared/domain/device.ts'
import { EndpointStore } from '#main/endpoint/endpointStore.ts'
import { chooseDevice, deviceState, keepDeviceWish } from '#main/jobs/deviceChoice.ts'
import { webGpuVerdict } from '#main/jobs/deviceProbe.ts'
import { FAST_ADAPTER, probeSaying } from './probe.ts'

const ANSWERS: Record<string, readonly object[]> = {
  faster: FAST_ADAPTER,
  slower: [{ kind: 'facts', facts: { float32: true, gigaflops: 9, cpuGigaflops: 90 } }, { kind: 'done' }],
  absent: [{ kind: 'refused', check: 'float32 product', error: { code: 'device', message: 'no graphics adapter was found' } }, { kind: 'done' }]
}

async function machine(adapter: string): Promise<{ endpoints: EndpointStore; verdict: DeviceVerdict; folder: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'sightline-device-'))
  return { endpoints: new EndpointStore(folder), verdict: await webGpuVerdict({ folder, spawn: () => probeSaying(ANSWERS[adapter] ?? []) }), folder }
}

it('takes WebGPU where the probe prefers it, and never asks the adapter by itself', async () => {
  expect(await chooseDevice(await machine('faster'))).toBe('webgpu')
  expect(await chooseDevice(await machine('slower'))).toBe('cpu')
  expect(await chooseDevice(await machine('absent'))).toBe('cpu')
  const unasked = await mkdtemp(join(tmpdir(), 'sightline-device-'))
  expect(await chooseDevice({ endpoints: new EndpointStore(unasked) })).toBe('cpu')
  expect(await deviceState(unasked)).toEqual({ wish: 'auto', device: 'cpu', verdict: null })
})

it('does as the user set, and as a job asks before that', async () => {
  const fast = await machine('faster')
  await keepDeviceWish(fast.folder, 'cpu')
  expect([await chooseDevice(fast), await chooseDevice(fast, 'webgpu'), await chooseDevice(fast, 'auto')]).toEqual(['cpu', 'webgpu', 'cpu'])
  expect(await deviceState(fast.folder)).toMatchObject({ wish: 'cpu', device: 'cpu', verdict: { preferred: true } })
  const slow = await machine('slower')
  await keepDeviceWish(slow.folder, 'webgpu')
  expect([await chooseDevice(slow), await chooseDevice(slow, 'cpu')]).toEqual(['webgpu', 'cpu'])
  await keepDeviceWish(slow.folder, 'auto')
  expect(await chooseDevice(slow)).toBe('cpu')
})

it('refuses WebGPU where it cannot be used, with the probe\'s words', async () => {
  const none = await machine('absent')
  const refusal = { code: 'device', message: 'WebGPU cannot be used here: no graphics adapter was found' }
  await expect(chooseDevice(none, 'webgpu')).rejects.toMatchObject(refusal)
  await expect(keepDeviceWish(none.folder, 'webgpu')).rejects.toMatchObject(refusal)
  expect((await deviceState(none.folder)).wish).toBe('auto')
})

it('forgets a verdict of another driver', async () => {
  const { endpoints, folder, verdict } = await machine('faster')
  await mkdir(folder, { recursive: true })
  await writeFile(join(folder, 'devices.json'), JSON.stringify({ webgpu: { ...verdict, driver: 'another' } }))
  expect(await chooseDevice({ endpoints })).toBe('cpu')
})
