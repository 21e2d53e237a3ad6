import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { StageConfig } from '#shared/domain/trainingRun.ts'
import { trainingUse } from '#main/engine/blockwiseChoice.ts'
import { EngineEvent } from '#main/engine/protocol.ts'
import { runJob } from '#main/engine/runJob.ts'
import { describeModel } from '#main/model/modelFacts.ts'
import { Policy } from '#main/model/policy.ts'
import { openWeights } from '#main/runtime/weightFiles.ts'
import { tinyProject, type TinyProject, trainJobOf } from './tinyProject.ts'

const LORA = { loraRank: 4, loraDropout: 0.1, learningRate: 1e-2, trainVision: true }
const SETTINGS = {
  coldStart: { stage: 'coldStart', config: { ...LORA, batchSize: 3, epochs: 1 } },
  grpo: { stage: 'grpo', config: { ...LORA, loraDropout: 0, steps: 2, promptsPerStep: 2, groupSize: 2, klBeta: 0.1 } }
}

describe('a run block by block', () => {
  let project: TinyProject
  beforeAll(async () => {
    project = await tinyProject(6)
    // In float16, so that weights do stay as they are stored.
    const policy = await Policy.open(join(project.folder, 'models/tiny'), { threads: 1 })
    await policy.save(join(project.folder, 'models/tiny'), { dtype: 'F16' })
    await policy.close()
  })
  afterAll(() => rm(project.folder, { recursive: true }))

  /** Numbers of each step that the model alone decides. */
  async function run(name: string, settings: { stage: string; config: object }): Promise<Record<string, number>[]> {
    const events: EngineEvent[] = []
    const ending = await runJob(trainJobOf(project, name, settings), { emit: (event) => events.push(EngineEvent.parse(event)), stop: new AbortController().signal })
    expect(ending.kind).toBe('finished')
    return events.flatMap((event) => (event.kind === 'metrics' ? [event.values] : []))
  }

  it.each(Object.keys(SETTINGS) as (keyof typeof SETTINGS)[])('%s has the losses of the whole graph and leaves the same weights, in float16', async (name) => {
    const { stage, config } = SETTINGS[name]
    const whole = await run(`${name}-whole`, { stage, config })
    const blocks = await run(`${name}-blocks`, { stage, config: { ...config, blockwise: true } })
    expect(blocks.length).toBe(2)
    for (const [step, values] of blocks.entries()) {
      for (const quantity of ['loss', 'gradNorm', 'kl', 'reward']) {
        const want = whole[step]?.[quantity]
        if (want === undefined) expect(values[quantity]).toBeUndefined()
        else expect(Math.abs((values[quantity] ?? Number.NaN) - want)).toBeLessThan(1e-4 * Math.abs(want) + 1e-6)
      }
    }
    const files = await Promise.all(['whole', 'blocks'].map((road) => openWeights(join(project.folder, 'runs', `${name}-${road}`, 'checkpoint'))))
    const [one, other] = files
    for (const tensor of one?.names ?? []) {
      expect(other?.info(tensor).dtype).toBe('F16')
      const [a, b] = [await one?.read(tensor), await other?.read(tensor)] as [Float32Array, Float32Array]
      const scale = a.reduce((most, value) => Math.max(most, Math.abs(value)), 0)
      expect(a.reduce((most, value, i) => Math.max(most, Math.abs(value - (b[i] as number))), 0)).toBeLessThan(1e-3 * scale + 1e-7)
    }
    await Promise.all(files.map((file) => file.close()))
    await (await Policy.open(join(project.folder, 'runs', `${name}-blocks`, 'checkpoint'), { threads: 1 })).close()
  })

  it('is chosen where adapters on the whole graph would not fit', async () => {
    const model = await describeModel(join(project.folder, 'models/tiny'))
    const use = (config: object, machine: number): string => trainingUse(StageConfig.parse({ stage: 'coldStart', config }), model, machine)
    expect([use(LORA, 4e8), use(LORA, 4e9), use({ ...LORA, blockwise: true }, 4e9), use({}, 4e8)]).toEqual(['blockwise', 'lora', 'blockwise', 'full'])
  })
})
