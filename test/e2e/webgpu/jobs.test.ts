// Whole jobs of real engines on the graphics device: they end, resume to the last digit, and outlive a device that fails.
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { cp, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { EngineEvent, type EngineJob } from '#main/engine/protocol.ts'
import { tinyProject, type TinyProject, trainJobOf } from '../../engine/tinyProject.ts'
import { type GraphicsDriver, graphicsDrivers } from './driver.ts'

const ENTRY = new URL('../../../src/main/engine/main.ts', import.meta.url).pathname
const FAULT = new URL('./deviceFault.ts', import.meta.url).href
const COLD_START = { stage: 'coldStart', config: { learningRate: 1e-3, batchSize: 1, epochs: 1, loraRank: 4 } }

type TrainJob = Extract<EngineJob, { kind: 'train' }>

let project: TinyProject
beforeAll(async () => {
  project = await tinyProject(2)
})

/** The events of an engine; `lostAt`: its device is lost at this optimizer step. */
async function engine(driver: GraphicsDriver, job: EngineJob, lostAt = 0): Promise<EngineEvent[]> {
  const child = fork(ENTRY, [], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'], env: { ...process.env, ...driver.env, DEVICE_FAULT: String(lostAt) }, execArgv: ['--import', FAULT]
  })
  const events: EngineEvent[] = []
  child.on('message', (message) => {
    const event = EngineEvent.parse(message)
    if (event.kind === 'mark') child.send({ kind: 'stored', mark: event.mark })
    else events.push(event)
  })
  child.send({ kind: 'start', job })
  await once(child, 'close')
  return events
}

/** The numbers of the steps and the hash of the weights in the end. */
function outcomeOf(events: readonly EngineEvent[]): unknown {
  return {
    steps: events.flatMap((event) => (event.kind === 'metrics' ? [[event.step, event.values['loss'], event.values['gradNorm']]] : [])),
    hash: events.flatMap((event) => (event.kind === 'checkpoint' ? [event.checkpoint.hash] : [])).at(-1)
  }
}

describe.each(graphicsDrivers())('a run on the graphics device of $name', (driver) => {
  const job = (name: string): TrainJob => ({ ...trainJobOf(project, `${driver.name}-${name}`, COLD_START), saveSeconds: 0, device: 'webgpu' })

  it('whose device is lost fails in words, keeps its state, and resumes there to the same numbers, or on the CPU', async () => {
    const whole = await engine(driver, job('whole'))
    expect(whole.at(-1)).toMatchObject({ kind: 'finished' })
    const failed = await engine(driver, job('lost'), 2)
    expect(failed.at(-1)).toEqual({ kind: 'failed', error: {
      code: 'device', message: expect.stringContaining('device lost') as string, where: 'webgpu', advice: expect.stringMatching(/resume the run, on the CPU/) as string
    } })
    const runs = join(project.folder, 'runs')
    expect(await readdir(join(runs, `${driver.name}-lost`))).toContain('state-00000001')
    await cp(join(runs, `${driver.name}-lost`), join(runs, `${driver.name}-moved`), { recursive: true })
    const resumed = await engine(driver, job('lost'))
    expect(outcomeOf([...failed, ...resumed])).toEqual(outcomeOf(whole))
    const moved = await engine(driver, { ...job('moved'), device: 'cpu' })
    expect(moved.at(-1)).toMatchObject({ kind: 'finished', summary: { steps: 2 } })
  })
})
