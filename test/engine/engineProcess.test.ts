import { fork } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { beforeAll, expect, test } from 'vitest'
import { EngineEvent } from '#main/engine/protocol.ts'
import type { EngineJob } from '#main/engine/protocol.ts'
import type { EngineUsage } from '#shared/domain/machine.ts'
import { tinyProject, trainJobOf } from './tinyProject.ts'
import type { TinyProject } from './tinyProject.ts'

const entry = new URL('../../src/main/engine/main.ts', import.meta.url).pathname

let project: TinyProject
beforeAll(async () => {
  project = await tinyProject(4)
})

/** An engine process at work; `onEvent` may talk back to it. What it uses is told apart from what it does: by the clock. */
async function engine(job: EngineJob, onEvent: (event: EngineEvent, child: ChildProcess) => void = () => undefined) {
  const child = fork(entry, [], { stdio: ['ignore', 'pipe', 'pipe', 'ipc'] })
  const events: EngineEvent[] = []
  const usage: EngineUsage[] = []
  const errors: Buffer[] = []
  child.stderr?.on('data', (chunk: Buffer) => errors.push(chunk))
  child.on('message', (message) => {
    const event = EngineEvent.parse(message)
    if (event.kind === 'mark') return void child.send({ kind: 'stored', mark: event.mark })
    if (event.kind === 'usage') return void usage.push(event.usage)
    events.push(event)
    onEvent(event, child)
  })
  child.send({ kind: 'start', job })
  const [[code]] = await Promise.all([once(child, 'exit') as Promise<[number | null]>, once(child.stderr as Readable, 'close')])
  return { events, usage, code, errors: Buffer.concat(errors).toString() }
}

const settings = { stage: 'coldStart', config: { learningRate: 5e-3, batchSize: 2, epochs: 4 } }

test('a job runs to its end and the process leaves with code 0', async () => {
  const { events, usage, code } = await engine(trainJobOf(project, 'whole', settings))
  expect(code).toBe(0)
  expect(usage.at(-1)?.residentBytes).toBeGreaterThan(1e6)
  expect(events.filter(({ kind }) => kind === 'metrics')).toHaveLength(8)
  expect(events.slice(-2).map(({ kind }) => kind)).toEqual(['checkpoint', 'finished'])
})

test('a stop ends it after the step in hand, with a checkpoint; going on ends like an uninterrupted run', async () => {
  const job = trainJobOf(project, 'stopped', settings)
  const first = await engine(job, (event, child) => {
    if (event.kind === 'metrics' && event.step === 2) child.send({ kind: 'stop' })
  })
  expect(first.code).toBe(0)
  expect(first.events.slice(-2).map(({ kind }) => kind)).toEqual(['checkpoint', 'stopped'])
  const second = await engine(job)
  const steps = [...first.events, ...second.events].flatMap((event) => event.kind === 'metrics' ? [event.step] : [])
  expect(steps).toEqual([1, 2, 3, 4, 5, 6, 7, 8])
  const whole = await engine(trainJobOf(project, 'compared', settings))
  const hash = ({ events }: typeof whole) => events.flatMap((event) => event.kind === 'checkpoint' ? [event.checkpoint.hash] : []).at(-1)
  expect(hash(second)).toBe(hash(whole))
})

test('a failure a person can act on is told and the process ends quietly', async () => {
  const { events, code } = await engine({ ...trainJobOf(project, 'missing', settings), dataset: join(project.folder, 'empty.jsonl') })
  expect(events).toHaveLength(1)
  expect(events[0]).toMatchObject({ kind: 'failed', error: { code: 'unreadable_file' } })
  expect(code).toBe(0)
})

test('a bug is told too, leaves its trace and a bad exit code', async () => {
  // A run folder that is a file: nothing the program foresees.
  const job = { ...trainJobOf(project, 'bug', settings), runFolder: project.dataset }
  const { events, code, errors } = await engine(job)
  expect(events.at(-1)).toMatchObject({ kind: 'failed', error: { code: 'engine_died' } })
  expect(code).not.toBe(0)
  expect(errors).toContain('EEXIST')
})

test('an engine whose parent is gone ends by itself', async () => {
  const { code, events } = await engine(trainJobOf(project, 'orphan', { ...settings, config: { ...settings.config, epochs: 100 } }), (event, child) => {
    if (event.kind === 'metrics' && child.connected) child.disconnect()
  })
  expect(code).toBe(3)
  expect(events.some(({ kind }) => kind === 'finished')).toBe(false)
})
