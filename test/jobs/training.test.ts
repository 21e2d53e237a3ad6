import { appendFile, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { DatasetLine } from '#main/engine/protocol.ts'
import { runGenerating } from '#main/jobs/generating.ts'
import { keepDeviceWish } from '#main/jobs/deviceChoice.ts'
import { webGpuVerdict } from '#main/jobs/deviceProbe.ts'
import type { JobContext } from '#main/jobs/jobRunner.ts'
import { recoverJobs } from '#main/jobs/recovery.ts'
import { JobLog } from '#main/jobs/jobLog.ts'
import { selectForStage, selectItems } from '#main/jobs/selection.ts'
import { readManifest } from '#main/jobs/manifest.ts'
import { preflightOf } from '#main/jobs/preflight.ts'
import { pauseTraining, resumeTraining, startTraining, stopTraining, stopTrainingNow } from '#main/jobs/training.ts'
import { listCheckpoints } from '#main/store/checkpoints.ts'
import { datasetMembers, getDatasetVersion, listDatasetVersions } from '#main/store/datasetVersions.ts'
import { getJob, jobEventsSince } from '#main/store/jobs.ts'
import { listMetrics } from '#main/store/metrics.ts'
import { listRunMachine } from '#main/store/runMachine.ts'
import { addReview } from '#main/store/reviews.ts'
import { getItem, insertItems, listItemIds } from '#main/store/items.ts'
import { getRun, listRuns } from '#main/store/runs.ts'
import { listTrajectories } from '#main/store/trajectories.ts'
import type { StartTraining } from '#shared/contract/training.ts'
import { ItemId, JobId, newId, ReviewId, TrajectoryId } from '#shared/domain/ids.ts'
import { StageConfig } from '#shared/domain/trainingRun.ts'
import { FAST_ADAPTER, probeSaying } from './probe.ts'
import { checkpointNamed, testWorkshop, type TestWorkshop } from './workshop.ts'

let test: TestWorkshop
beforeEach(async () => {
  test = await testWorkshop()
  const quiet: JobContext = { jobId: newId(JobId), stop: new AbortController().signal, kill: new AbortController().signal, report: () => undefined }
  const maze = { generator: 'maze', seed: 1, teacherPaths: true, reflectiveShare: 0 } as const
  await runGenerating(test.workshop, quiet, { ...maze, count: 6, split: 'train' })
  await runGenerating(test.workshop, quiet, { ...maze, generator: 'count', count: 3, split: 'train' })
  await runGenerating(test.workshop, quiet, { ...maze, seed: 2, count: 4, split: 'test' })
})
afterEach(() => test.close())

const coldStart = StageConfig.parse({ stage: 'coldStart', config: {} })

function requestFor(behaviour: string, change: Partial<StartTraining> = {}): StartTraining {
  return {
    settings: coldStart, preset: null, startCheckpointId: checkpointNamed(test.workshop, behaviour).id, parentId: null, tasks: ['maze'],
    prompt: 'pocket', drawStyle: 'pocket', seed: 1, ...change
  }
}

function review(id: string, verdict: 'accept' | 'reject'): void {
  addReview(test.workshop.project, {
    id: newId(ReviewId), trajectoryId: TrajectoryId.parse(id), reviewer: 'me', verdict, reflective: null, comment: '', createdAt: new Date().toISOString()
  })
}

describe('selection', () => {
  it('learns from correct written paths of the train split, without rejected ones', () => {
    const { project } = test.workshop
    const all = selectForStage(project, coldStart, ['maze'])
    expect(all.size).toBe(6)
    const [first = ''] = [...all.values()].flat()
    review(first, 'reject')
    expect(selectForStage(project, coldStart, ['maze']).size).toBe(5)
    review(first, 'accept')
    expect([...selectForStage(project, coldStart, []).values()].flat()).toHaveLength(9)
  })

  it('takes at most so many items of each task', () => {
    expect(selectItems(test.workshop.project, 'train', [], 2).size).toBe(4)
    expect(selectItems(test.workshop.project, 'test', [], 0).size).toBe(4)
  })

  it('says what is missing when there is nothing to learn from', () => {
    expect(() => selectForStage(test.workshop.project, coldStart, ['nothing'])).toThrow(expect.objectContaining({ code: 'bad_input', where: expect.stringContaining('nothing') as string }))
  })
})

describe('a training run', () => {
  it('freezes its data, writes its manifest, stores what the engine makes', async () => {
    const { project, runner } = test.workshop
    const { runId, jobId } = startTraining(test.workshop, requestFor('learns'))
    await runner.idle()
    const run = getRun(project, runId)
    expect(run).toMatchObject({ status: 'finished', step: 1, totalSteps: 1, jobId })
    expect(listMetrics(project, runId)).toEqual([{ step: 1, seconds: 1, values: { loss: 0.5 } }])
    expect(listCheckpoints(project).some((checkpoint) => checkpoint.runId === runId)).toBe(true)
    expect(jobEventsSince(project, jobId, -1).map(({ body }) => body.kind)).toEqual(['run', 'preflight', 'metrics', 'checkpoint', 'finished'])

    const folder = join(test.folder, 'runs', runId)
    const lines = (await readFile(join(folder, 'dataset.jsonl'), 'utf8')).trimEnd().split('\n').map((line) => DatasetLine.parse(JSON.parse(line)))
    expect(lines.map(({ item }) => item.id).sort()).toEqual([...datasetMembers(project, run.datasetVersionId).keys()].sort())
    expect(lines.every(({ item, trajectories }) => item.split === 'train' && trajectories.length === 1 && trajectories[0]?.itemId === item.id)).toBe(true)
    const manifest = JSON.parse(await readFile(join(folder, 'manifest.json'), 'utf8')) as Record<string, unknown>
    expect(manifest).toMatchObject({
      dataset: { hash: getDatasetVersion(project, run.datasetVersionId).hash }, startCheckpoint: { name: 'learns' }, version: '0.1.0', threads: 1,
      prompt: { name: 'pocket', hash: expect.stringMatching(/^[0-9a-f]{64}$/) as string, text: expect.stringContaining('system') as string }, run: { seed: 1 },
      drawStyle: { hash: expect.stringMatching(/^[0-9a-f]{64}$/) as string }, datasetFileHash: expect.stringMatching(/^[0-9a-f]{64}$/) as string
    })
  })

  it('keeps its data whatever is edited later, also when it goes on', async () => {
    const { project, runner } = test.workshop
    const { runId } = startTraining(test.workshop, requestFor('crashes'))
    await runner.idle()
    const data = join(test.folder, 'runs', runId, 'dataset.jsonl')
    const before = await readFile(data, 'utf8')
    for (const { id } of listTrajectories(project, { task: 'maze' }).rows) review(id, 'reject')
    expect(getRun(project, runId)).toMatchObject({ status: 'failed', step: 1, error: expect.stringContaining('ended with code 3') as string })
    const { jobId } = resumeTraining(test.workshop, runId)
    await runner.idle()
    expect(await readFile(data, 'utf8')).toBe(before)
    expect(getRun(project, runId)).toMatchObject({ status: 'failed', jobId })
  })

  it('stops when asked and can then be resumed, but not while it runs', async () => {
    const { project, runner } = test.workshop
    const { runId, jobId } = startTraining(test.workshop, requestFor('waits'))
    for await (const { body } of runner.watch(jobId, -1)) {
      if (body.kind !== 'log') continue
      expect(() => resumeTraining(test.workshop, runId)).toThrow(expect.objectContaining({ code: 'conflict' }))
      stopTraining(test.workshop, runId)
    }
    await runner.idle()
    expect([getRun(project, runId).status, getJob(project, jobId)?.status]).toEqual(['stopped', 'stopped'])
  })

  it('stays on its device when it goes on, and notes another one it is told to take', async () => {
    const { project, runner, endpoints } = test.workshop
    await webGpuVerdict({ folder: endpoints.folder, spawn: () => probeSaying(FAST_ADAPTER) })
    const { runId } = startTraining(test.workshop, requestFor('loses its device'))
    await runner.idle()
    expect(getRun(project, runId)).toMatchObject({ status: 'failed', error: 'the graphics device failed' })
    const folder = join(test.folder, 'runs', runId)
    expect(await readManifest(folder)).toMatchObject({ runsOn: 'webgpu', moved: [] })
    await keepDeviceWish(endpoints.folder, 'cpu')
    resumeTraining(test.workshop, runId)
    await runner.idle()
    expect([getRun(project, runId).status, (await readManifest(folder))?.moved]).toEqual(['failed', []])
    resumeTraining(test.workshop, runId, 'cpu')
    await runner.idle()
    expect(getRun(project, runId).status).toBe('finished')
    expect(await readManifest(folder)).toMatchObject({ runsOn: 'webgpu', moved: [{ to: 'cpu' }] })
  })

  it('tells the engine the largest buffer that the probe found, on the device only', async () => {
    const { runner, endpoints, spawnEngine } = test.workshop
    await webGpuVerdict({ folder: endpoints.folder, spawn: () => probeSaying([{ kind: 'facts', facts: { largestBufferBytes: 2 ** 30 } }, ...FAST_ADAPTER]) })
    const started: unknown[] = []
    test.workshop.spawnEngine = () => {
      const engine = spawnEngine()
      return {
        ...engine, send: (request) => {
          if (request.kind === 'start' && request.job.kind !== 'importModel') started.push([request.job.kind, request.job.device, request.job.largestBuffer])
          engine.send(request)
        }
      }
    }
    startTraining(test.workshop, requestFor('finishes'))
    startTraining(test.workshop, requestFor('finishes', { device: 'cpu' }))
    await runner.idle()
    expect(started).toEqual([['preflight', 'webgpu', 2 ** 30], ['train', 'webgpu', 2 ** 30], ['preflight', 'cpu', undefined], ['train', 'cpu', undefined]])
  })

  it('does not start what a check finds impossible', async () => {
    const { project, runner } = test.workshop
    const { runId, jobId } = startTraining(test.workshop, requestFor('too large'))
    await runner.idle()
    expect(getRun(project, runId)).toMatchObject({ status: 'failed', step: 0, error: 'Too large for this machine' })
    expect(jobEventsSince(project, jobId, -1).map(({ body }) => body.kind)).toEqual(['run', 'preflight', 'failed'])
    expect(await readManifest(join(test.folder, 'runs', runId))).toBeNull()
  })

  it('tells what a start would find, and leaves nothing of it behind', async () => {
    const { project } = test.workshop
    const before = [listRuns(project).length, listDatasetVersions(project).length]
    const found = await preflightOf(test.workshop, requestFor('too large'), new AbortController().signal)
    expect(found.checks).toEqual([expect.objectContaining({ name: 'leakage', state: 'ok', numbers: { questions: 0, items: 6, pending: 0 } }), expect.objectContaining({ name: 'memory', state: 'error', numbers: { neededBytes: 1e9 } })])
    expect([listRuns(project).length, listDatasetVersions(project).length]).toEqual(before)
    expect(await readdir(join(test.folder, 'jobs'))).toEqual([])
  })

  it('is warned of questions whose pictures measure it, and freezes how many there were', async () => {
    const { project, runner } = test.workshop
    const [known, tested] = [listItemIds(project, { task: 'maze', split: 'train' })[0] as ItemId, listItemIds(project, { task: 'maze', split: 'test' })[0] as ItemId]
    insertItems(project, [{ ...getItem(project, tested), id: newId(ItemId), question: 'Which letter is where it ends?', images: getItem(project, known).images }])
    const found = await preflightOf(test.workshop, requestFor('finishes'), new AbortController().signal)
    expect(found.checks[0]).toMatchObject({ name: 'leakage', state: 'warning', numbers: { questions: 1, items: 6, pending: 0 }, error: null, findings: [{ code: 'leakageFound', values: { questions: 1, items: 6 } }] })
    const { runId } = startTraining(test.workshop, requestFor('finishes'))
    await runner.idle()
    expect(getRun(project, runId).status).toBe('finished')
    expect(await readManifest(join(test.folder, 'runs', runId))).toMatchObject({ leakage: { questions: 1, pending: 0 } })
  })

  it('pauses, goes on under the same job, and is stopped at once', async () => {
    const { project, runner } = test.workshop
    const { runId, jobId } = startTraining(test.workshop, requestFor('waits'))
    const seen: string[] = []
    for await (const { body } of runner.watch(jobId, -1)) {
      if (body.kind === 'log') {
        pauseTraining(test.workshop, runId)
        seen.push(getRun(project, runId).status)
      }
      if (body.kind === 'paused') {
        seen.push(getRun(project, runId).status, runner.log.get(jobId).status)
        expect(resumeTraining(test.workshop, runId)).toEqual({ jobId })
      }
      if (body.kind === 'continued') {
        seen.push(getRun(project, runId).status, runner.log.get(jobId).status)
        stopTrainingNow(test.workshop, runId)
      }
    }
    await runner.idle()
    expect(seen).toEqual(['pausing', 'paused', 'paused', 'running', 'running'])
    expect(getRun(project, runId).status).toBe('stopped')
    expect(() => pauseTraining(test.workshop, runId)).toThrow(expect.objectContaining({ code: 'conflict' }))
  })

  it('keeps what the machine did until its engine died, and adds to it when it goes on', async () => {
    const { project, runner } = test.workshop
    const { runId } = startTraining(test.workshop, requestFor('tells what it uses'))
    const seconds = (): number[] => listRunMachine(project, runId, 600).map(({ second }) => second)
    await expect.poll(() => seconds().length, { timeout: 20_000 }).toBeGreaterThan(2)
    stopTrainingNow(test.workshop, runId)
    await runner.idle()
    const kept = seconds()
    expect(listRunMachine(project, runId, 600).at(-1)?.engine).toEqual({ processor: 0.5, residentBytes: 1e9, deviceBytes: 0 })
    resumeTraining(test.workshop, runId)
    await expect.poll(() => seconds().length, { timeout: 20_000 }).toBeGreaterThan(kept.length)
    stopTrainingNow(test.workshop, runId)
    await runner.idle()
    expect(seconds().slice(0, kept.length)).toEqual(kept)
  })

  it('refuses to go on under a changed starting point, and never writes its manifest twice', async () => {
    const { project, runner } = test.workshop
    const { runId } = startTraining(test.workshop, requestFor('crashes'))
    await runner.idle()
    const file = join(test.folder, 'runs', runId, 'manifest.json')
    const before = await readFile(file, 'utf8')
    resumeTraining(test.workshop, runId)
    await runner.idle()
    expect(await readFile(file, 'utf8')).toBe(before)
    await appendFile(join(test.folder, 'runs', runId, 'dataset.jsonl'), '\n')
    resumeTraining(test.workshop, runId)
    await runner.idle()
    expect(getRun(project, runId)).toMatchObject({ status: 'failed', error: expect.stringContaining('the frozen data changed') as string })
  })

  it('names an unknown prompt before any engine starts', async () => {
    const { jobId } = startTraining(test.workshop, requestFor('learns', { prompt: 'nowhere' }))
    await test.workshop.runner.idle()
    expect(getJob(test.workshop.project, jobId)).toMatchObject({ status: 'failed', error: { code: 'not_found', message: expect.stringContaining('nowhere') as string } })
  })
})

describe('after the program was killed', () => {
  it('closes what was running and leaves the run resumable', async () => {
    const { project, runner } = test.workshop
    const { runId, jobId } = startTraining(test.workshop, requestFor('waits'))
    for await (const { body } of runner.watch(jobId, -1)) if (body.kind === 'log') break
    // What the next start finds: rows that say "running", nobody who runs them.
    expect(recoverJobs(project, new JobLog(project))).toEqual([jobId])
    expect(getJob(project, jobId)).toMatchObject({ status: 'failed', error: { code: 'engine_died' } })
    expect(getRun(project, runId).status).toBe('stopped')
    expect(jobEventsSince(project, jobId, -1).at(-1)?.body.kind).toBe('failed')
    expect(recoverJobs(project, new JobLog(project))).toEqual([])
  })
})
