import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { runPipeline, startPipeline } from '#main/jobs/pipeline.ts'
import { type PipelinePlan, readPlan, scaledPlan } from '#main/jobs/pipelinePlan.ts'
import { resourcesFolder } from '#main/jobs/workshop.ts'
import { listEvaluations } from '#main/store/evaluations.ts'
import { getJob, jobEventsSince } from '#main/store/jobs.ts'
import { listRuns } from '#main/store/runs.ts'
import { JobId, newId } from '#shared/domain/ids.ts'
import { checkpointNamed, testWorkshop, type TestWorkshop } from './workshop.ts'

let test: TestWorkshop
let plan: PipelinePlan
beforeEach(async () => {
  test = await testWorkshop()
  const whole = await readPlan(resourcesFolder())
  plan = { ...whole, importSample: false, generate: whole.generate.map((request) => ({ ...request, count: 3 })) }
})
afterEach(() => test.close())

function submit(behaviour: string, seed = 1): JobId {
  const jobId = newId(JobId)
  const request = { startCheckpointId: checkpointNamed(test.workshop, behaviour).id, seed, minutes: 1 }
  test.workshop.runner.submit({
    id: jobId, kind: 'pipeline', title: 'pipeline', lane: 'engine', runId: null,
    work: (context) => runPipeline(test.workshop, context, request, plan)
  })
  return jobId
}

describe('the pipeline', () => {
  it('evaluates the base, then trains and evaluates each stage from the last checkpoint', async () => {
    const { project, runner } = test.workshop
    const jobId = submit('learns')
    await runner.idle()
    expect(getJob(project, jobId)).toMatchObject({ status: 'finished', error: null })
    const runs = listRuns(project).sort((a, b) => a.createdAt.localeCompare(b.createdAt))
    expect(runs.map(({ settings, status }) => [settings.stage, status])).toEqual([['coldStart', 'finished'], ['reflective', 'finished'], ['grpo', 'finished']])
    expect(runs.map(({ parentId }) => parentId)).toEqual([null, runs[0]?.id, runs[1]?.id])
    expect(new Set(runs.map(({ startCheckpointId }) => startCheckpointId)).size).toBe(3)
    expect(runs.every((run) => run.jobId === jobId)).toBe(true)
    const evaluations = listEvaluations(project).sort((a, b) => a.createdAt.localeCompare(b.createdAt))
    expect(evaluations.map(({ label }) => label)).toEqual(['base', 'cold start', 'reflective', 'grpo'])
    expect(evaluations.every(({ overall }) => overall.items === 9)).toBe(true)
    const kinds = jobEventsSince(project, jobId, -1).map(({ body }) => body.kind).filter((kind) => kind === 'run' || kind === 'evaluation')
    expect(kinds).toEqual(['evaluation', 'run', 'evaluation', 'run', 'evaluation', 'run', 'evaluation'])
  })

  it('stops in the stage in hand', async () => {
    const { project, runner } = test.workshop
    const jobId = submit('waits')
    for await (const { body } of runner.watch(jobId, -1)) {
      if (body.kind === 'log' && body.text === 'waiting') runner.cancel(jobId)
    }
    await runner.idle()
    expect(getJob(project, jobId)?.status).toBe('stopped')
    expect(listRuns(project)).toEqual([])
  })

  it('goes on without a reflective stage that found nothing to keep', async () => {
    const { project, runner } = test.workshop
    const jobId = submit('learns', 13)
    await runner.idle()
    expect(getJob(project, jobId)?.status).toBe('finished')
    const runs = listRuns(project).sort((a, b) => a.createdAt.localeCompare(b.createdAt))
    expect(runs.map(({ status, error }) => [status, error])).toEqual([['finished', null], ['failed', 'Only 0 paths kept'], ['finished', null]])
    expect(runs[2]?.parentId).toBe(runs[0]?.id)
    expect(jobEventsSince(project, jobId, -1).some(({ body }) => body.kind === 'log' && body.level === 'warning' && body.text.includes('Only 0 paths kept'))).toBe(true)
  })

  it('fails as its stage fails, and the run says so too', async () => {
    const { project, runner } = test.workshop
    const jobId = submit('finishes')
    await runner.idle()
    expect(getJob(project, jobId)).toMatchObject({ status: 'failed', error: { code: 'engine_died', message: expect.stringContaining('without a checkpoint') as string } })
    expect(listRuns(project).map(({ status }) => status)).toEqual(['failed'])
  })

  it('is one call away', async () => {
    const { project, runner } = test.workshop
    const { jobId } = startPipeline(test.workshop, { startCheckpointId: checkpointNamed(test.workshop, 'learns').id, seed: 1, minutes: 0.01 })
    for await (const { body } of runner.watch(jobId, -1)) if (body.kind === 'evaluation') runner.cancel(jobId)
    await runner.idle()
    expect(getJob(project, jobId)?.kind).toBe('pipeline')
    expect(listEvaluations(project).map(({ label }) => label)).toContain('base')
  })
})

describe('scaledPlan', () => {
  it('does less in less time, never nothing, and never needs more data than the plan has', () => {
    const tiny = scaledPlan(plan, 0.01)
    const long = scaledPlan(plan, plan.minutes * 4)
    const settingsOf = (scaled: PipelinePlan) => scaled.stages.map(({ settings }) => settings)
    const amounts = (scaled: PipelinePlan) => settingsOf(scaled).map((settings) => {
      if (settings.stage === 'grpo') return settings.config.steps
      return settings.stage === 'reflective' ? settings.config.items : settings.config.epochs
    })
    const [epochs = 0, items = 0, steps = 0] = amounts(plan)
    expect(amounts(tiny)).toEqual([epochs, 8, 1])
    expect(amounts(long)).toEqual([4 * epochs, 4 * items, 4 * steps])
    expect(long.generate).toEqual(plan.generate)
    expect(scaledPlan(plan, plan.minutes)).toEqual(plan)
  })
})
