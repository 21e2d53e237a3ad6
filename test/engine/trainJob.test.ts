import { createHash } from 'node:crypto'
import { readFile, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { EngineEvent } from '#main/engine/protocol.ts'
import type { EngineJob } from '#main/engine/protocol.ts'
import { runJob } from '#main/engine/runJob.ts'
import { Policy } from '#main/model/policy.ts'
import { tinyProject, trainJobOf } from './tinyProject.ts'
import type { TinyProject } from './tinyProject.ts'

let project: TinyProject
beforeAll(async () => {
  project = await tinyProject(6)
})

/** Runs a job in this process; every event goes through the protocol's schema. */
async function run(job: EngineJob) {
  const events: EngineEvent[] = []
  const ending = await runJob(job, { emit: (event) => events.push(EngineEvent.parse(JSON.parse(JSON.stringify(event)))), stop: new AbortController().signal })
  const losses = events.flatMap((event) => event.kind === 'metrics' ? [[event.step, event.values['loss']]] : [])
  return { ending, events, losses }
}

const supervised = { learningRate: 1e-2, batchSize: 2, epochs: 2, trainVision: true }

test('a cold start learns and ends with a checkpoint whose hash is its file’s', async () => {
  const { ending, events, losses } = await run(trainJobOf(project, 'cold', { stage: 'coldStart', config: { ...supervised, epochs: 6 } }))
  expect(ending.kind).toBe('finished')
  expect(losses).toHaveLength(18)
  expect(Number(losses.at(-1)?.[1])).toBeLessThan(Number(losses[0]?.[1]) * 0.7)
  const written = events.find((event) => event.kind === 'checkpoint')
  expect(written?.checkpoint).toMatchObject({ runId: 'cold', step: 18, folder: 'runs/cold/checkpoint' })
  const bytes = await readFile(join(project.folder, 'runs/cold/checkpoint/model.safetensors'))
  expect(createHash('sha256').update(bytes).digest('hex')).toBe(written?.checkpoint.hash)
  expect((await readdir(join(project.folder, 'runs/cold'))).filter((name) => name.startsWith('state'))).toEqual([])
})

test('the answer baseline learns bare answers in one turn', async () => {
  const { ending, losses } = await run(trainJobOf(project, 'answers', { stage: 'answerSft', config: { ...supervised, epochs: 6 } }))
  expect(ending).toMatchObject({ kind: 'finished', summary: { paths: 6 } })
  expect(Number(losses.at(-1)?.[1])).toBeLessThan(Number(losses[0]?.[1]))
})

test('a frozen vision tower does not move', async () => {
  await run(trainJobOf(project, 'frozen', { stage: 'coldStart', config: { ...supervised, trainVision: false } }))
  const [before, after] = await Promise.all(['models/tiny', 'runs/frozen/checkpoint'].map((folder) => Policy.open(join(project.folder, folder))))
  const moved = [...before?.weights ?? []].filter(([name, { data }]) => Buffer.compare(bytes(data), bytes(after?.weights.get(name)?.data)) !== 0).map(([name]) => name)
  expect(moved.some((name) => name.startsWith('model.'))).toBe(true)
  expect(moved.filter((name) => name.startsWith('visual.'))).toEqual([])
})

function bytes(data: ArrayBufferView | undefined): Uint8Array {
  return data === undefined ? new Uint8Array() : new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
}
