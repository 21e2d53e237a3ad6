import { describe, expect, it } from 'vitest'
import { Hold } from '#shared/domain/hold.ts'
import type { EngineJob } from '#main/engine/protocol.ts'
import { forkEngine } from '#main/jobs/engineProcess.ts'
import { type EngineProduct, type EngineRunOptions, runEngine } from '#main/jobs/runEngine.ts'
import { Checkpoint } from '#shared/domain/checkpoint.ts'
import { defaultSampling } from '#shared/domain/samplingLimits.ts'
import { FAKE_ENGINE } from './workshop.ts'

function jobFor(behaviour: string): EngineJob {
  const checkpoint = Checkpoint.parse({
    id: 'c1', name: behaviour, runId: null, step: null, folder: 'models/none', hash: '0', family: 'qwen2_5_vl', parameters: 1,
    createdAt: '2026-01-01T00:00:00.000Z'
  })
  return {
    kind: 'rollout', projectFolder: '/nowhere', dataset: '/nowhere/dataset.jsonl', checkpoint, prompt: 'pocket', drawStyle: 'pocket', threads: 1,
    sampling: defaultSampling(checkpoint, { temperature: 0, seed: 1 }), samplesPerItem: 1
  }
}

function engine(overrides: Partial<EngineRunOptions> = {}) {
  const stop = new AbortController()
  const kill = new AbortController()
  const products: EngineProduct[] = []
  const options: EngineRunOptions = {
    spawn: () => forkEngine(FAKE_ENGINE), stop: stop.signal, kill: kill.signal,
    onProduct: (event) => { products.push(event) }, ...overrides
  }
  return { stop, kill, products, options }
}

describe('runEngine', () => {
  it('passes products on in order, waiting for each, and returns the summary', async () => {
    const stored: number[] = []
    const { options } = engine({
      onProduct: async (event) => {
        await new Promise((resolve) => setImmediate(resolve))
        if (event.kind === 'metrics') stored.push(event.step)
      }
    })
    expect(await runEngine(jobFor('finishes'), options)).toEqual({ kind: 'finished', summary: { steps: 3 } })
    expect(stored).toEqual([1, 2, 3])
  })

  it("throws the engine's own failure as it was told", async () => {
    await expect(runEngine(jobFor('fails'), engine().options)).rejects.toMatchObject({ code: 'bad_checkpoint', message: 'No weights here', advice: 'Bring some' })
  })

  it('reports a crash with exit code and last words, keeping what came before', async () => {
    const { options, products } = engine()
    await expect(runEngine(jobFor('crashes'), options)).rejects.toMatchObject({
      code: 'engine_died', message: expect.stringContaining('ended with code 3') as string, where: expect.stringContaining('the last words') as string
    })
    expect(products.map(({ kind }) => kind)).toEqual(['metrics'])
  })

  it('refuses an event that does not fit the protocol', async () => {
    await expect(runEngine(jobFor('talks nonsense'), engine().options)).rejects.toMatchObject({ code: 'engine_died', where: expect.stringContaining('nonsense') as string })
  })

  it('stops politely when asked', async () => {
    const { options, stop } = engine({ onProduct: () => stop.abort() })
    expect(await runEngine(jobFor('waits'), options)).toEqual({ kind: 'stopped' })
  })

  it('answers a mark only after everything before it is stored', async () => {
    const order: string[] = []
    const { options } = engine({
      onProduct: async (event) => {
        await new Promise((resolve) => setImmediate(resolve))
        order.push(event.kind)
      }
    })
    expect(await runEngine(jobFor('marks'), options)).toEqual({ kind: 'finished', summary: { mark: 7 } })
    expect(order).toEqual(['metrics', 'mark'])
  })

  it('passes a pause and its end on to the engine', async () => {
    const hold = new Hold()
    const { options, stop, products } = engine({
      hold,
      onProduct: (event) => {
        products.push(event)
        if (event.kind === 'log') hold.set(true)
        if (event.kind === 'paused') hold.set(false)
        if (event.kind === 'continued') stop.abort()
      }
    })
    expect(await runEngine(jobFor('waits'), options)).toEqual({ kind: 'stopped' })
    expect(products.map(({ kind }) => kind)).toEqual(['log', 'paused', 'continued'])
  })

  it('kills at once on the second wish', async () => {
    const { options, stop, kill } = engine({
      onProduct: (event) => {
        if (event.kind === 'log' && event.text === 'no') kill.abort()
        else stop.abort()
      }
    })
    expect(await runEngine(jobFor('ignores stop'), options)).toEqual({ kind: 'stopped' })
  })

  it('ends the engine when storing fails, and throws that failure', async () => {
    const { options } = engine({ onProduct: () => { throw new RangeError('disk') } })
    await expect(runEngine(jobFor('waits'), options)).rejects.toThrow('disk')
  })

  it('says so when the engine cannot be started', async () => {
    const { options } = engine({ spawn: () => forkEngine('/nowhere/engine.ts') })
    await expect(runEngine(jobFor('finishes'), options)).rejects.toMatchObject({ code: 'engine_died', where: expect.stringContaining('nowhere') as string })
  })

  it('starts nothing when already asked to stop', async () => {
    const { options, stop } = engine({ spawn: () => { throw new Error('started') } })
    stop.abort()
    expect(await runEngine(jobFor('finishes'), options)).toEqual({ kind: 'stopped' })
  })
})
