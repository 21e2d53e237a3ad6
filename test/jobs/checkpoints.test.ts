import { existsSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { forkPipeline } from '#main/jobs/pipeline.ts'
import { pruneCheckpoints } from '#main/jobs/pruning.ts'
import { runGenerating } from '#main/jobs/generating.ts'
import { prepareRun } from '#main/jobs/training.ts'
import { bestCheckpointOf, insertCheckpoint, listCheckpointsOf } from '#main/store/checkpoints.ts'
import { listItemIds } from '#main/store/items.ts'
import { jobEventsSince } from '#main/store/jobs.ts'
import { listRuns } from '#main/store/runs.ts'
import { insertTrajectory, isRepeatedRollout, listTrajectories } from '#main/store/trajectories.ts'
import { defaultSampling } from '#shared/domain/samplingLimits.ts'
import type { Checkpoint } from '#shared/domain/checkpoint.ts'
import { CheckpointId, JobId, newId } from '#shared/domain/ids.ts'
import { StageConfig, type TrainingRun } from '#shared/domain/trainingRun.ts'
import type { Trajectory } from '#shared/domain/trajectory.ts'
import { makeTrajectory } from '../store/fixtures.ts'
import { checkpointNamed, testWorkshop, type TestWorkshop } from './workshop.ts'

let test: TestWorkshop
let run: TrainingRun
beforeEach(async () => {
  test = await testWorkshop()
  const quiet = { jobId: newId(JobId), stop: new AbortController().signal, kill: new AbortController().signal, report: () => undefined }
  await runGenerating(test.workshop, quiet, { generator: 'maze', count: 4, seed: 1, split: 'train', teacherPaths: true, reflectiveShare: 0 })
  await runGenerating(test.workshop, quiet, { generator: 'maze', count: 2, seed: 2, split: 'test', teacherPaths: false, reflectiveShare: 0 })
  run = prepareRun(test.workshop, {
    settings: StageConfig.parse({ stage: 'coldStart', config: { checkpointEvery: 5, keepCheckpoints: 2 } }), preset: null, parentId: null, tasks: ['maze'],
    startCheckpointId: checkpointNamed(test.workshop, 'learns').id, prompt: 'pocket', drawStyle: 'pocket', seed: 1
  }, null)
})
afterEach(() => test.close())

async function made(step: number, score?: number): Promise<Checkpoint> {
  const folder = `runs/${run.id}/checkpoint-${step}`
  const checkpoint: Checkpoint = {
    id: newId(CheckpointId), name: 'learns', runId: run.id, step, folder, hash: String(step), family: 'qwen2_5_vl', parameters: 1,
    createdAt: new Date().toISOString(), ...(score === undefined ? {} : { score })
  }
  await mkdir(join(test.folder, folder), { recursive: true })
  insertCheckpoint(test.workshop.project, checkpoint)
  return checkpoint
}

function rollout(of: { groupIndex: number; runStep: number; seed: number }): Trajectory {
  const [itemId] = listItemIds(test.workshop.project, { split: 'train' })
  if (itemId === undefined) throw new Error('no item')
  const sampling = defaultSampling({ parameters: 1 }, { temperature: 1, seed: of.seed })
  return makeTrajectory(itemId, { origin: { kind: 'model', checkpointId: null, runId: run.id, groupIndex: of.groupIndex, runStep: of.runStep, sampling } })
}

describe('checkpoints of a run', () => {
  it('are pruned but for the newest, the best and those in use', async () => {
    const { project } = test.workshop
    const [best, used] = [await made(5, 0.9), await made(10, 0.2)]
    prepareRun(test.workshop, { settings: run.settings, preset: null, parentId: run.id, tasks: [], startCheckpointId: used.id, prompt: 'pocket', drawStyle: 'pocket', seed: 1 }, null)
    for (const step of [15, 20, 25]) await made(step, 0.1)
    expect(pruneCheckpoints(project, run.id).map(({ step }) => step)).toEqual([15])
    expect(listCheckpointsOf(project, run.id).map(({ step }) => step)).toEqual([5, 10, 20, 25])
    expect([5, 10, 15, 20, 25].map((step) => existsSync(join(test.folder, 'runs', run.id, `checkpoint-${step}`)))).toEqual([true, true, false, true, true])
    expect(bestCheckpointOf(project, run.id)).toEqual(best)
    expect(pruneCheckpoints(project, run.id)).toEqual([])
  })

  it('without a score: the newest is the best', async () => {
    await made(5)
    const newest = await made(10)
    expect(bestCheckpointOf(test.workshop.project, run.id)?.id).toBe(newest.id)
  })
})

it('a rollout that a resumed run wrote again is known, another one of the same step is not', () => {
  const { project } = test.workshop
  const path = rollout({ groupIndex: 0, runStep: 3, seed: 7 })
  expect(isRepeatedRollout(project, path)).toBe(false)
  insertTrajectory(project, path)
  expect(isRepeatedRollout(project, rollout({ groupIndex: 0, runStep: 3, seed: 7 }))).toBe(true)
  for (const other of [{ groupIndex: 1, runStep: 3, seed: 7 }, { groupIndex: 0, runStep: 4, seed: 7 }, { groupIndex: 0, runStep: 3, seed: 8 }]) {
    expect(isRepeatedRollout(project, rollout(other))).toBe(false)
  }
})

it('the paths of one step of a run are a filter away', () => {
  const { project } = test.workshop
  const [first, second] = [rollout({ groupIndex: 0, runStep: 0, seed: 1 }), rollout({ groupIndex: 0, runStep: 1, seed: 2 })]
  for (const path of [first, second]) insertTrajectory(project, path)
  const idsOf = (runStep: number | null): string[] => listTrajectories(project, { runId: run.id, runStep }).rows.map(({ id }) => id)
  expect([idsOf(0), idsOf(1), idsOf(null)]).toEqual([[first.id], [second.id], [second.id, first.id]])
})

describe('a forked pipeline', () => {
  it('goes on after the stage that made the checkpoint, in its manner, as its child, and generates nothing', async () => {
    const { project, runner } = test.workshop
    const from = await made(5, 0.5)
    const items = listItemIds(project, {}).length
    const { jobId } = await forkPipeline(test.workshop, { checkpointId: from.id, seed: 3, minutes: 0.1, stages: null })
    await runner.idle()
    expect(jobEventsSince(project, jobId, -1).at(-1)?.body).toMatchObject({ kind: 'finished' })
    const [grpo, reflective] = listRuns(project)
    expect([reflective, grpo].map((made) => [made?.settings.stage, made?.parentId, made?.tasks])).toEqual([
      ['reflective', run.id, ['maze']], ['grpo', reflective?.id, ['maze']]
    ])
    expect(reflective?.startCheckpointId).toBe(from.id)
    expect(listItemIds(project, {})).toHaveLength(items)
  })

  it('runs the stages it is given, and says when there are none', async () => {
    const { project, runner } = test.workshop
    const from = await made(5)
    const answers = { label: 'answers', settings: StageConfig.parse({ stage: 'answerSft', config: {} }) }
    await forkPipeline(test.workshop, { checkpointId: from.id, seed: 3, minutes: 1, stages: [answers] })
    await runner.idle()
    const [answered] = listRuns(project)
    expect(answered?.settings.stage).toBe('answerSft')
    const last = bestCheckpointOf(project, listRuns(project)[0]?.id ?? run.id)
    await expect(forkPipeline(test.workshop, { checkpointId: last?.id ?? from.id, seed: 3, minutes: 1, stages: [] })).rejects.toMatchObject({ code: 'bad_input' })
  })
})
