import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { Workload } from '#shared/domain/modelFacts.ts'
import { StageConfig } from '#shared/domain/trainingRun.ts'
import { trainingUse } from '#main/engine/blockwiseChoice.ts'
import { EngineEvent, type EngineJob } from '#main/engine/protocol.ts'
import { runJob } from '#main/engine/runJob.ts'
import { describeModel, plansFor } from '#main/model/modelFacts.ts'
import { tinyProject, type TinyProject, trainJobOf, widerPolicy } from './tinyProject.ts'

let project: TinyProject
beforeAll(async () => {
  project = await tinyProject(4)
  await (await widerPolicy()).save(join(project.folder, 'wider'), { dtype: 'F16' })
})
afterAll(() => rm(project.folder, { recursive: true }))

async function events(job: EngineJob): Promise<EngineEvent[]> {
  const told: EngineEvent[] = []
  const ending = await runJob(job, { emit: (event) => told.push(EngineEvent.parse(event)), stop: new AbortController().signal })
  return [...told, ending as EngineEvent]
}

it('imports a model in 4 bits with a report, and trains an adapter on it unasked block by block', async () => {
  const told = await events({ kind: 'importModel', projectFolder: project.folder, source: join(project.folder, 'wider'), name: 'small', folderName: 'small', quantize: true, threads: 1 })
  const logs = told.flatMap((event) => (event.kind === 'log' ? [event.text] : []))
  expect(logs.filter((line) => /layer [01], error of the weights.*q_proj \d\.\d %.*down_proj \d\.\d %/.test(line))).toHaveLength(2)
  expect(logs.at(-1)).toMatch(/logits of \d+ tokens.*KL divergence.*same most likely token in \d+ %/)
  expect(told.at(-1)).toMatchObject({ kind: 'finished', summary: { weights: 'quantized', quantized: 14 } })
  const checkpoint = told.flatMap((event) => (event.kind === 'checkpoint' ? [event.checkpoint] : []))[0]
  if (!checkpoint) throw new Error('no checkpoint')
  const config = { loraRank: 4, learningRate: 1e-2, batchSize: 2, epochs: 1 }
  const described = await describeModel(join(project.folder, checkpoint.folder))
  expect(described.facts.dtypes.map(({ dtype }) => dtype)).toContain('INT4')
  expect(plansFor(described, Workload.parse({}), 1e12).map(({ use }) => use).sort()).toEqual(['blockwise', 'device', 'rollout'])
  expect(trainingUse(StageConfig.parse({ stage: 'coldStart', config }), described, 1e12)).toBe('blockwise')

  const run = await events({ ...trainJobOf(project, 'quantized', { stage: 'coldStart', config }), checkpoint })
  const losses = run.flatMap((event) => (event.kind === 'metrics' ? [event.values['loss'] ?? Number.NaN] : []))
  expect(losses).toHaveLength(2)
  expect(losses.every(Number.isFinite)).toBe(true)
  expect(run.at(-1)).toMatchObject({ kind: 'finished' })

  const reinforced = await events({ ...trainJobOf(project, 'reinforced', { stage: 'grpo', config: { loraRank: 4, steps: 1, promptsPerStep: 2, groupSize: 2, klBeta: 0.1 } }), checkpoint })
  const last = reinforced.findLast((event) => event.kind === 'metrics')
  // Tokens are written from 4 bits in whole graphs and scored block by block: both must say the same of them.
  expect(last?.values['logProbGap']).toBeLessThan(1e-4)
  expect(reinforced.at(-1)).toMatchObject({ kind: 'finished' })

  await expect(events({ ...trainJobOf(project, 'whole', { stage: 'coldStart', config: { ...config, loraRank: 0 } }), checkpoint })).rejects.toMatchObject({ code: 'unsupported' })
})
