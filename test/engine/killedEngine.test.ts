// kill -9 at chosen places, again and again in one run, and a disk that fills up: what comes out is the same as without.
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { EngineEvent } from '#main/engine/protocol.ts'
import type { EngineJob } from '#main/engine/protocol.ts'
import type { Fault } from './faults.ts'
import { tinyProject, trainJobOf } from './tinyProject.ts'
import type { TinyProject } from './tinyProject.ts'

const ENTRY = new URL('../../src/main/engine/main.ts', import.meta.url).pathname
const FAULTS = new URL('./faults.ts', import.meta.url).href

let project: TinyProject
beforeAll(async () => {
  project = await tinyProject(4)
})

interface Ended {
  events: EngineEvent[]
  signal: string | null
}

/** An engine process at work under a fault; `onEvent` may kill it. */
async function engine(job: EngineJob, fault: Fault | null, onEvent: (event: EngineEvent) => 'kill' | 'go' = () => 'go'): Promise<Ended> {
  const child = fork(ENTRY, [JSON.stringify(fault)], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'], execArgv: ['--import', FAULTS] })
  const events: EngineEvent[] = []
  child.on('message', (message) => {
    const event = EngineEvent.parse(message)
    if (event.kind === 'mark') child.send({ kind: 'stored', mark: event.mark })
    else events.push(event)
    if (onEvent(event) === 'kill') child.kill('SIGKILL')
  })
  child.send({ kind: 'start', job })
  const [, signal] = await once(child, 'close') as [number | null, string | null]
  return { events, signal }
}

/** Metric names that docs/METRICS.md lacks. */
async function undocumented({ events }: Ended): Promise<string[]> {
  const text = await readFile(new URL('../../docs/METRICS.md', import.meta.url), 'utf8')
  const names = new Set(events.flatMap((event) => event.kind === 'metrics' ? Object.keys(event.values) : []))
  return [...names].filter((name) => !text.includes(`\`${name}\``))
}

/** What a run came to: its last telling of each step, and its final weights. */
function outcomeOf(ended: readonly Ended[]) {
  const events = ended.flatMap((one) => one.events)
  const losses = new Map<number, readonly unknown[]>()
  for (const event of events) if (event.kind === 'metrics') losses.set(event.step, [event.values['loss'], event.values['gradNorm'], event.values['reward']])
  return { losses: [...losses].sort(([a], [b]) => a - b), hash: events.flatMap((event) => event.kind === 'checkpoint' ? [event.checkpoint.hash] : []).at(-1) }
}

const strike = (what: Fault['do'], call: Fault['call'], path: string, nth = 1): Fault => ({ do: what, call, path, nth })
const dieWhen = (wanted: (event: EngineEvent) => boolean) => (event: EngineEvent): 'kill' | 'go' => wanted(event) ? 'kill' : 'go'

test('a cold start killed, and its disk full, at every place where it writes, ends as if it never was', async () => {
  const settings = { stage: 'coldStart', config: { learningRate: 5e-3, batchSize: 2, epochs: 4, checkpointEvery: 3, keepCheckpoints: 1 } }
  const whole = await engine(trainJobOf(project, 'cold-whole', settings), null)
  expect(await undocumented(whole)).toEqual([])
  const job = { ...trainJobOf(project, 'cold', settings), saveSeconds: 0 }
  const faults: Fault[] = [
    strike('kill', 'write', 'state-\\d+\\.draft/trainer'), strike('full', 'write', 'state-\\d+\\.draft/trainer'), strike('kill', 'rename', 'state-\\d+\\.draft$'),
    strike('kill', 'rm', 'state-00000001$', 2), strike('kill', 'write', 'checkpoint-3\\..*partial/model'), strike('full', 'write', 'checkpoint-3\\..*partial/model'),
    strike('kill', 'rename', 'checkpoint-3\\..*partial$'), strike('full', 'appendFile', 'metrics\\.jsonl$', 2), strike('kill', 'appendFile', 'tfevents', 2),
    strike('kill', 'rename', '/checkpoint\\..*partial$'), strike('kill', 'rm', 'state-00000008$')
  ]
  const ended: Ended[] = []
  for (const fault of faults) {
    const one = await engine(job, fault)
    ended.push(one)
    if (fault.do === 'kill') expect([fault, one.signal]).toEqual([fault, 'SIGKILL'])
    else expect([fault, one.events.at(-1)]).toEqual([fault, { kind: 'failed', error: expect.objectContaining({ code: 'disk_full', advice: expect.stringContaining('resume') as string }) as object }])
    if (fault.do === 'full') expect((await readdir(join(project.folder, 'runs/cold'))).filter((name) => /\.(draft|partial)$/.test(name))).toEqual([])
  }
  const last = await engine(job, null)
  expect(last.events.at(-1)?.kind).toBe('finished')
  expect(outcomeOf([...ended, last])).toEqual(outcomeOf([whole]))
  const text = await readFile(join(project.folder, 'runs/cold/metrics.jsonl'), 'utf8')
  expect(text.trimEnd().split('\n').map((line) => (JSON.parse(line) as { step: number }).step)).toEqual([1, 2, 3, 4, 5, 6, 7, 8])
  expect((await readdir(join(project.folder, 'runs/cold'))).filter((name) => /state|partial|draft|part$/.test(name))).toEqual([])
}, 240_000)

test('reinforcement learning killed while sampling, between steps and while saving ends as if it never was', async () => {
  const settings = { stage: 'grpo', config: { learningRate: 1e-3, steps: 2, promptsPerStep: 1, groupSize: 2, klBeta: 0.1 } }
  const whole = await engine(trainJobOf(project, 'grpo-whole', settings), null)
  expect(await undocumented(whole)).toEqual([])
  const job = { ...trainJobOf(project, 'grpo', settings), saveSeconds: 0 }
  let told = 0
  const killed = [
    await engine(job, null, dieWhen((event) => event.kind === 'trajectory' && ++told === 2)),
    await engine(job, strike('kill', 'rename', 'state-00000001\\.draft$')),
    await engine(job, null, dieWhen((event) => event.kind === 'metrics' && event.step === 2))
  ]
  const last = await engine(job, null)
  expect(killed.map(({ signal }) => signal)).toEqual(killed.map(() => 'SIGKILL'))
  expect(last.events.at(-1)?.kind).toBe('finished')
  expect(outcomeOf([...killed, last])).toEqual(outcomeOf([whole]))
}, 240_000)
