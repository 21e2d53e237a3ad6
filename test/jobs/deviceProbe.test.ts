import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { webGpuVerdict } from '#main/jobs/deviceProbe.ts'
import type { EngineProcess } from '#main/jobs/engineProcess.ts'
import type { ProbeEvent } from '#main/engine/probe/protocol.ts'

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sightline-devices-'))
})
afterEach(() => rm(folder, { recursive: true }))

/** A probe's process that says these things and ends. */
function saying(...events: ProbeEvent[]): () => EngineProcess<never> {
  let told: ((message: unknown) => void) | null = null
  return () => ({
    send: () => undefined,
    onMessage: (listener) => { told = listener },
    onExit: (listener) => queueMicrotask(() => {
      for (const event of events) told?.(event)
      listener({ code: 0, signal: null })
    }),
    kill: () => undefined,
    lastWords: () => ''
  })
}

const product: ProbeEvent[] = [{ kind: 'asking', check: 'float32 product' }, { kind: 'facts', facts: { float32: true } }]
const speed = (gigaflops: number): ProbeEvent[] => [{ kind: 'asking', check: 'speed of products' }, { kind: 'facts', facts: { gigaflops, cpuGigaflops: 100 } }]
const done: ProbeEvent = { kind: 'done' }

describe('the verdict on the graphics adapter', () => {
  it('prefers one that is right and faster than the CPU', async () => {
    const verdict = await webGpuVerdict({ folder, spawn: saying(...product, ...speed(4000), done) })
    expect(verdict).toMatchObject({ usable: true, preferred: true, words: expect.stringContaining('4000 GF/s against 100') })
  })

  it('finds a slow one usable and does not prefer it', async () => {
    expect(await webGpuVerdict({ folder, spawn: saying(...product, ...speed(0.5), done) })).toMatchObject({ usable: true, preferred: false })
  })

  it('says at which question the driver ended the probe, and does not prefer it', async () => {
    const verdict = await webGpuVerdict({ folder, spawn: saying(...product, ...speed(4000), { kind: 'asking', check: 'fused attention' }) })
    expect(verdict).toMatchObject({ usable: true, preferred: false, words: expect.stringContaining('ended the probe at: fused attention') })
  })

  it('refuses a machine without an adapter, with the reason', async () => {
    const refused: ProbeEvent = { kind: 'refused', check: 'float32 product', error: { code: 'device', message: 'no graphics adapter was found' } }
    const spawn = saying({ kind: 'asking', check: 'float32 product' }, refused, done)
    expect(await webGpuVerdict({ folder, spawn })).toMatchObject({ usable: false, words: 'no graphics adapter was found' })
  })

  it('is kept until the driver changes or somebody asks again, and made anew when it cannot be read', async () => {
    await webGpuVerdict({ folder, spawn: saying(...product, ...speed(4000), done) })
    const slow = saying(...product, ...speed(1), done)
    expect((await webGpuVerdict({ folder, spawn: slow })).preferred).toBe(true)
    expect((await webGpuVerdict({ folder, spawn: slow, again: true })).preferred).toBe(false)
    const file = join(folder, 'devices.json')
    const kept: unknown = JSON.parse(await readFile(file, 'utf8'))
    await writeFile(file, JSON.stringify(kept).replace('"driver":"', '"driver":"another '))
    expect((await webGpuVerdict({ folder, spawn: saying(...product, ...speed(4000), done) })).preferred).toBe(true)
    await writeFile(file, '{')
    expect((await webGpuVerdict({ folder, spawn: slow })).preferred).toBe(false)
  })
})
