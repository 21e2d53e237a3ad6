import { createHash } from 'node:crypto'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { arch, platform, release } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { type DeviceFacts, DeviceVerdict } from '#shared/domain/device.ts'
import type { ErrorRecord } from '#shared/domain/errors.ts'
import { ProbeEvent } from '../engine/probe/protocol.ts'
import { userFolder } from '../endpoint/endpointStore.ts'
import { type EngineProcess, forkEngine } from './engineProcess.ts'
import { programVersion } from './workshop.ts'

/** A probe that has not answered by then never will: real adapters take seconds. */
const LONGEST_PROBE = 180_000
const NO_FACTS: DeviceFacts = {
  float32: null, float16Storage: null, float16Accumulation: null, fusedAttentionWrongAt: null, largestBufferBytes: null, gigaflops: null, cpuGigaflops: null
}

const VERDICTS = 'devices.json'
const KeptVerdicts = z.object({ webgpu: DeviceVerdict })

/** Where a verdict is kept and how the probe's process is started; the defaults are the user's folder and a child of this program. */
export interface ProbeSettings {
  readonly folder?: string
  readonly spawn?: () => EngineProcess<never>
  /** Ask the adapter again, whatever is kept. */
  readonly again?: boolean
}

/**
 * What this machine's graphics adapter can do: the kept verdict while program, system and driver are the same, else a new probe in a
 * process of its own. Never throws for an adapter's sake: one that ends the probe is not usable, and the verdict says at what.
 */
export async function webGpuVerdict({ folder = userFolder(), spawn = forkProbe, again = false }: ProbeSettings = {}): Promise<DeviceVerdict> {
  const [driver, file] = [await driverName(), join(folder, VERDICTS)]
  const kept = again ? null : await readKept(file)
  if (kept?.driver === driver) return kept
  const verdict = verdictOf(await probe(spawn()), driver)
  await mkdir(folder, { recursive: true })
  await writeFile(file, JSON.stringify({ webgpu: verdict }, null, 1))
  return verdict
}

/** The kept verdict while program, system and driver are the same, else null: asks nothing. */
export async function knownVerdict(folder: string): Promise<DeviceVerdict | null> {
  const kept = await readKept(join(folder, VERDICTS))
  return kept?.driver === await driverName() ? kept : null
}

interface ProbeResult {
  facts: DeviceFacts
  /** The first check the adapter refused. */
  refused: { check: string; error: ErrorRecord } | null
  /** The check at which the process ended or hung. */
  died: string | null
}

function forkProbe(): EngineProcess<never> {
  const entry = import.meta.url.endsWith('.ts') ? '../engine/probe/main.ts' : './probe.js'
  return forkEngine<never>(fileURLToPath(new URL(entry, import.meta.url)))
}

function probe(process: EngineProcess<never>): Promise<ProbeResult> {
  const result: ProbeResult = { facts: { ...NO_FACTS }, refused: null, died: 'the start' }
  return new Promise((resolve) => {
    const limit = setTimeout(() => process.kill(), LONGEST_PROBE)
    process.onMessage((message) => {
      const event = ProbeEvent.parse(message)
      if (event.kind === 'asking') result.died = event.check
      else if (event.kind === 'facts') Object.assign(result.facts, event.facts)
      else if (event.kind === 'refused') result.refused ??= event
      else result.died = null
    })
    process.onExit(() => {
      clearTimeout(limit)
      resolve(result)
    })
  })
}

/** The verdict in words; faster than the CPU is what makes a device preferred, so a software adapter never is. */
function verdictOf({ facts, refused, died }: ProbeResult, driver: string): DeviceVerdict {
  const usable = facts.float32 === true && facts.gigaflops !== null
  const preferred = usable && died === null && (facts.gigaflops ?? 0) > (facts.cpuGigaflops ?? Infinity)
  return { name: 'webgpu', usable, preferred, words: words({ facts, refused, died }, preferred), facts, driver, probedAt: new Date().toISOString() }
}

function words({ facts, refused, died }: ProbeResult, preferred: boolean): string {
  if (facts.float32 === null) return died === null ? firstLine(refused?.error.message) : `the driver ended the probe at: ${died}`
  if (!facts.float32) return 'products come out wrong'
  const speed = `${round(facts.gigaflops)} GF/s against ${round(facts.cpuGigaflops)} on the CPU`
  const wrong = facts.fusedAttentionWrongAt
  return [
    preferred ? `faster than the CPU: ${speed}` : `slower than the CPU (a software adapter?): ${speed}`,
    facts.float16Storage === true ? `float16 storage${facts.float16Accumulation === true ? ' and sums in float32' : ', sums in float16'}` : 'no float16',
    wrong === null ? null : wrong.length === 0 ? 'fused attention is right' : `fused attention is wrong at ${wrong.join(', ')} rows`,
    facts.largestBufferBytes === null ? null : `buffers up to ${round(facts.largestBufferBytes / 2 ** 20)} MiB`,
    died === null ? null : `the driver ended the probe at: ${died}`
  ].filter((part) => part !== null).join('; ')
}

const round = (value: number | null): string => value === null ? '?' : value >= 10 ? String(Math.round(value)) : value.toPrecision(2)
const firstLine = (text = ''): string => (text.split('\n')[0] ?? '').slice(0, 200)

/** What a verdict holds for: this program, the system, and what can be seen of the graphics driver without asking it. */
async function driverName(): Promise<string> {
  const seen = [programVersion(), platform(), arch(), release(), process.env.VK_DRIVER_FILES ?? '', await fileText('/proc/driver/nvidia/version')]
  for (const folder of ['/usr/share/vulkan/icd.d', '/etc/vulkan/icd.d']) {
    for (const name of await names(folder)) seen.push(name, await fileText(join(folder, name)))
  }
  return `${platform()} ${release()} ${createHash('sha256').update(seen.join('\n')).digest('hex').slice(0, 12)}`
}

async function readKept(file: string): Promise<DeviceVerdict | null> {
  const text = await fileText(file)
  if (text === '') return null
  try {
    return KeptVerdicts.parse(JSON.parse(text)).webgpu
  } catch (error) {
    // A verdict that cannot be read is a verdict to be made anew.
    if (error instanceof SyntaxError || error instanceof z.ZodError) return null
    throw error
  }
}

async function fileText(path: string): Promise<string> {
  return await readFile(path, 'utf8').catch(missing(''))
}

async function names(folder: string): Promise<string[]> {
  return (await readdir(folder).catch(missing<string[]>([]))).sort()
}

function missing<T>(instead: T): (error: NodeJS.ErrnoException) => T {
  return (error) => {
    if (error.code === 'ENOENT' || error.code === 'EACCES') return instead
    throw error
  }
}
