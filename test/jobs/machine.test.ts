// What the machine does: read from what the system tells, only while someone looks or an engine works, and kept with the run.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { tellUsage } from '#main/engine/usage.ts'
import type { CardSource } from '#main/jobs/machine/cardSource.ts'
import { KernelCards } from '#main/jobs/machine/kernelCards.ts'
import { MachineMonitor } from '#main/jobs/machine/machineMonitor.ts'
import { NvidiaCards } from '#main/jobs/machine/nvidiaCards.ts'
import { firstLine } from '#main/jobs/machine/processorLoad.ts'
import { EngineUsage, MachineSample } from '#shared/domain/machine.ts'
import { newId, RunId } from '#shared/domain/ids.ts'

let folder: string
beforeEach(async () => { folder = await mkdtemp(join(tmpdir(), 'sightline-machine-')) })
afterEach(async () => await rm(folder, { recursive: true, force: true }))

const USAGE: EngineUsage = { processor: 0.5, residentBytes: 1e9, deviceBytes: 2e9 }

describe('graphics cards', () => {
  async function card(name: string, files: Readonly<Record<string, string>>): Promise<void> {
    const device = join(folder, name, 'device')
    await mkdir(device, { recursive: true })
    for (const [file, text] of Object.entries(files)) await writeFile(join(device, file), text)
  }

  it('are read from what the kernel keeps in files, those that tell something', async () => {
    await card('card0', { gpu_busy_percent: '37\n', mem_info_vram_used: '1000\n', mem_info_vram_total: '4000\n' })
    await card('card1', { vendor: '0x8086\n' })
    await card('card2', { mem_info_vram_used: '5\n' })
    await card('card0-DP-1', { gpu_busy_percent: '1\n' })
    const cards = new KernelCards(folder)
    expect(await cards.read()).toEqual([
      { name: 'card0', busy: 0.37, usedBytes: 1000, totalBytes: 4000 }, { name: 'card2', busy: null, usedBytes: 5, totalBytes: null }
    ])
    await card('card0', { gpu_busy_percent: '90\n' })
    expect((await cards.read())?.[0]?.busy).toBe(0.9)
  })

  it('are not told of where there is no such folder, and not zero', async () => {
    expect(await new KernelCards(join(folder, 'none')).read()).toBeNull()
    const absent = new NvidiaCards([join(folder, 'no-such-program')])
    expect(await absent.read()).toBeNull()
    await new Promise(setImmediate)
    expect(await absent.read()).toBeNull()
    absent.close()
  })

  it('are told by one child of their maker\'s program until it ends', async () => {
    const lines = '0, NVIDIA H100 80GB HBM3, 34, 1024, 81559\\n1, NVIDIA T4, [N/A], 12, 15360\\nFailed to initialize\\n'
    const program = join(folder, 'smi.cjs')
    const started = join(folder, 'started')
    await writeFile(program, `require('fs').appendFileSync(${JSON.stringify(started)}, 'x'); process.stdout.write('${lines}'); setInterval(() => {}, 1000)`)
    const cards = new NvidiaCards([process.execPath, program])
    expect(await cards.read()).toBeNull()
    await expect.poll(() => cards.read(), { timeout: 20_000 }).toEqual([
      { name: 'NVIDIA H100 80GB HBM3 (0)', busy: 0.34, usedBytes: 1024 * 2 ** 20, totalBytes: 81559 * 2 ** 20 },
      { name: 'NVIDIA T4 (1)', busy: null, usedBytes: 12 * 2 ** 20, totalBytes: 15360 * 2 ** 20 }
    ])
    cards.close()
    expect(await cards.read()).toBeNull()
    cards.close()
  })
})

it('counts what processors did and what they waited for', () => {
  expect(firstLine('cpu  100 20 30 400 50 6 7 8 90 10\ncpu0 1 1 1 1 1 1 1 1 1 1\n')).toEqual({ busy: 171, all: 621 })
})

describe('the monitor', () => {
  let opened = 0
  let closed = 0
  const cards = (): CardSource => {
    opened++
    return { read: () => Promise.resolve(null), close: () => { closed++ } }
  }
  const monitorOf = (): MachineMonitor => new MachineMonitor(folder, { interval: 5, openCards: cards })
  beforeEach(() => { [opened, closed] = [0, 0] })

  it('looks at nothing unless someone does', async () => {
    const monitor = monitorOf()
    await new Promise(setImmediate)
    expect({ opened, latest: monitor.latest }).toEqual({ opened: 0, latest: null })
    monitor.close()
  })

  it('tells each sample while someone watches, what went before first, and stops with the last one', async () => {
    const monitor = monitorOf()
    const first = monitor.watch()
    expect((await first.next()).value).toEqual([])
    const [sample] = (await first.next()).value ?? []
    expect(MachineSample.parse(sample)).toMatchObject({ cards: null, engines: [] })
    expect(sample?.memoryUsedBytes).toBeGreaterThan(0)
    expect(sample?.memoryUsedBytes).toBeLessThan(sample?.memoryBytes ?? 0)
    expect(sample?.freeDiskBytes).toBeGreaterThan(0)
    const leaving = new AbortController()
    const second = monitor.watch(leaving.signal)
    expect((await second.next()).value?.[0]).toEqual(sample)
    await first.return(undefined)
    expect({ opened, closed }).toEqual({ opened: 1, closed: 0 })
    leaving.abort()
    for await (const rest of second) expect(rest).toHaveLength(1)
    expect({ opened, closed }).toEqual({ opened: 1, closed: 1 })
  })

  it('tells the machine at once, waits a little for a card, and knows the memory of the largest', async () => {
    const readings = [null, [{ name: 'small', busy: null, usedBytes: null, totalBytes: 4e9 }, { name: 'large', busy: 1, usedBytes: 1, totalBytes: 8e9 }]]
    const late = new MachineMonitor(folder, { interval: 5, openCards: () => ({ read: () => Promise.resolve(readings.length > 1 ? readings.shift() ?? null : readings[0] ?? null), close: () => { closed++ } }) })
    expect([await late.cardBytes(), await late.cardBytes()]).toEqual([8e9, 8e9])
    const none = monitorOf()
    expect(await none.now()).toMatchObject({ cards: null, processor: expect.any(Number) as number })
    expect(await none.cardBytes()).toBeNull()
    expect({ opened, closed }).toEqual({ opened: 2, closed: 3 })
  })

  it('looks for an engine\'s sake too, and tells of it while it is there', async () => {
    const monitor = monitorOf()
    const seat = monitor.enter()
    await expect.poll(() => monitor.latest).not.toBeNull()
    const run = { id: newId(RunId), second: 7 }
    seat.tell(USAGE, run)
    const watched = monitor.watch()
    const engines = async (): Promise<MachineSample['engines']> => (await watched.next()).value?.at(-1)?.engines ?? []
    await engines()
    expect(await engines()).toEqual([{ ...USAGE, run }])
    seat.leave()
    await expect.poll(engines).toEqual([])
    expect(closed).toBe(0)
    await watched.return(undefined)
    expect(closed).toBe(1)
  })
})

it('an engine tells what it uses once a second, and once more when it is told to be quiet', () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
  const told: EngineUsage[] = []
  const quiet = tellUsage((usage) => told.push(EngineUsage.parse(usage)))
  vi.advanceTimersByTime(3000)
  quiet()
  vi.advanceTimersByTime(3000)
  vi.useRealTimers()
  expect(told).toHaveLength(4)
  expect(told[0]?.residentBytes).toBeGreaterThan(1e6)
  expect(told[0]?.deviceBytes).toBe(0)
})
