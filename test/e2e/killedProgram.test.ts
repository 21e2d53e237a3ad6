// kill -9 at any moment loses no finished rollout and no committed step: the real program with its real engine is killed
// while it trains, started again, and goes on.
import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { SightlineClient } from '#shared/contract/contract.ts'
import type { JobId, RunId } from '#shared/domain/ids.ts'
import { unpackMetrics } from '#shared/domain/metricColumns.ts'
import { StageConfig } from '#shared/domain/trainingRun.ts'
import { clientOf, untilStep } from './programClient.ts'

const SERVE = join(import.meta.dirname, '..', '..', 'src', 'main', 'serve', 'main.ts')
const STEPS = 6

let folder: string
const programs: ChildProcess[] = []
beforeAll(async () => { folder = await mkdtemp(join(tmpdir(), 'sightline-killed-')) })
afterAll(async () => {
  for (const program of programs) program.kill('SIGKILL')
  await rm(folder, { recursive: true, force: true })
})

/** Starts the program on the project and connects to it. */
async function start(): Promise<{ client: SightlineClient; program: ChildProcess }> {
  const program = spawn(process.execPath, [SERVE, folder], { stdio: ['ignore', 'pipe', 'inherit'] })
  programs.push(program)
  const url = await new Promise<string>((resolve, reject) => {
    let said = ''
    program.stdout.on('data', (chunk: Buffer) => {
      said += chunk.toString()
      const found = /http:\/\/\S+/.exec(said)
      if (found) resolve(found[0])
    })
    program.once('exit', (code) => reject(new Error(`ended with ${code}: ${said}`)))
  })
  return { client: clientOf(url), program }
}

async function untilOver(client: SightlineClient, jobId: JobId): Promise<void> {
  for await (const { body } of await client.jobs.watch({ jobId })) if (body.kind === 'failed') throw new Error(body.error.message)
}

async function train(client: SightlineClient): Promise<{ runId: RunId; jobId: JobId }> {
  const [base] = await client.models.list()
  if (!base) throw new Error('the project has no base model')
  const settings = StageConfig.parse({ stage: 'coldStart', config: { epochs: STEPS / 2, batchSize: 4, trainVision: false } })
  return client.training.start({ settings, preset: null, startCheckpointId: base.id, prompt: 'pocket', drawStyle: 'pocket' })
}

it('goes on after kill -9 with everything it had stored', async () => {
  const first = await start()
  await untilOver(first.client, (await first.client.items.generate({ generator: 'maze', count: 8, seed: 1, split: 'train' })).jobId)
  const before = await first.client.trajectories.list({ filter: {}, page: {} })
  const { runId, jobId } = await train(first.client)
  await untilStep(first.client, jobId, 2)
  const exited = new Promise((resolve) => first.program.once('exit', resolve))
  first.program.kill('SIGKILL')
  await exited

  const second = await start()
  expect(await second.client.jobs.get({ jobId })).toMatchObject({ status: 'failed', error: { code: 'engine_died' } })
  expect(await second.client.training.run({ runId })).toMatchObject({ status: 'stopped' })
  expect([...unpackMetrics(await second.client.training.metrics({ runId })).steps]).toEqual(expect.arrayContaining([1, 2]))
  expect(await second.client.trajectories.list({ filter: {}, page: {} })).toEqual(before)

  await untilOver(second.client, (await second.client.training.resume({ runId })).jobId)
  expect(await second.client.training.run({ runId })).toMatchObject({ status: 'finished', step: STEPS, error: null })
  expect([...unpackMetrics(await second.client.training.metrics({ runId })).steps]).toEqual([1, 2, 3, 4, 5, 6])
  expect((await second.client.models.list()).some((checkpoint) => checkpoint.runId === runId)).toBe(true)

  const closed = new Promise((resolve) => second.program.once('exit', resolve))
  second.program.kill('SIGTERM')
  expect(await closed).toBe(0)
})
