import { describe, expect, it } from 'vitest'
import { DatasetVersionId, EvaluationId, JobId, newId, RunId } from '#shared/domain/ids.ts'
import type { EvaluationRun, TaskScore } from '#shared/domain/evaluation.ts'
import type { Job } from '#shared/domain/job.ts'
import { getCheckpoint, insertCheckpoint, listCheckpoints, listCheckpointsOf } from '#main/store/checkpoints.ts'
import { datasetMembers, freezeDataset, getDatasetVersion, listDatasetVersions } from '#main/store/datasetVersions.ts'
import { getEvaluation, insertEvaluation, listEvaluations } from '#main/store/evaluations.ts'
import { insertItems } from '#main/store/items.ts'
import { appendJobEvent, getJob, insertJob, jobEventsSince, listJobs, listUnfinishedJobs, updateJob } from '#main/store/jobs.ts'
import { appendMetrics, dropMetricsFrom, listMetrics, metricColumns } from '#main/store/metrics.ts'
import type { ProjectWriter } from '#main/store/project.ts'
import { getRun, insertRun, listRuns, updateRun } from '#main/store/runs.ts'
import { deleteFilter, listFilters, saveFilter } from '#main/store/savedFilters.ts'
import { insertTrajectory } from '#main/store/trajectories.ts'
import { ItemFilter } from '#shared/contract/items.ts'
import { AT, makeCheckpoint, makeItem, makeRun, makeTrajectory, temporaryProject } from './fixtures.ts'

function makeJob(change: Partial<Job> = {}): Job {
  return { id: newId(JobId), kind: 'train', title: 'Train', status: 'queued', progress: null, error: null, runId: null, createdAt: AT, finishedAt: null, ...change }
}

function storedRun(project: ProjectWriter) {
  const checkpoint = makeCheckpoint()
  insertCheckpoint(project, checkpoint)
  const run = makeRun(freezeDataset(project, { name: 'all' }).id, checkpoint.id)
  insertRun(project, run)
  return { run, checkpoint }
}

describe('dataset versions', () => {
  it('hold items and paths whatever comes later, under one hash for the same members', () => {
    const project = temporaryProject()
    const items = [makeItem(), makeItem({ task: 'count', question: 'How many?' })]
    insertItems(project, items)
    const [maze, count] = items as [typeof items[0] & object, typeof items[0] & object]
    const path = makeTrajectory(maze.id)
    insertTrajectory(project, path)
    const all = freezeDataset(project, { name: 'all', trajectoryIds: [path.id] })
    const again = freezeDataset(project, { name: 'again', itemIds: [count.id, maze.id, maze.id], trajectoryIds: [path.id] })
    insertItems(project, [makeItem({ question: 'Late?' })])
    expect(datasetMembers(project, all.id)).toEqual(new Map([[maze.id, [path.id]], [count.id, []]]))
    expect(all).toMatchObject({ itemCount: 2, trajectoryCount: 1, hash: again.hash })
    expect(getDatasetVersion(project, all.id)).toEqual(all)
    expect(listDatasetVersions(project)).toEqual([again, all])
    const counts = freezeDataset(project, { name: 'counts', filter: { task: 'count' } })
    expect([...datasetMembers(project, counts.id).keys()]).toEqual([count.id])
    expect(counts.hash).not.toBe(all.hash)
  })

  it('take in the items of their paths', () => {
    const project = temporaryProject()
    const item = makeItem()
    insertItems(project, [item])
    const path = makeTrajectory(item.id)
    insertTrajectory(project, path)
    expect(freezeDataset(project, { name: 'paths', itemIds: [], trajectoryIds: [path.id] })).toMatchObject({ itemCount: 1, trajectoryCount: 1 })
  })
})

describe('runs, checkpoints, metrics', () => {
  it('come back and change only where they may', () => {
    const project = temporaryProject()
    const { run, checkpoint } = storedRun(project)
    const job = makeJob({ runId: run.id })
    insertJob(project, job)
    updateRun(project, run.id, { jobId: job.id, status: 'running', step: 3, totalSteps: 20 })
    updateRun(project, run.id, {})
    const expected = { ...run, jobId: job.id, status: 'running', step: 3, totalSteps: 20 }
    expect(getRun(project, run.id)).toEqual(expected)
    const made = makeCheckpoint({ runId: run.id, step: 3 })
    insertCheckpoint(project, made)
    expect(listCheckpointsOf(project, run.id)).toEqual([made])
    expect(listCheckpoints(project)).toEqual([checkpoint, made])
    expect(getCheckpoint(project, made.id)).toEqual(made)
    expect(listRuns(project)).toEqual([expected])
  })

  it('refuse a run over data or a checkpoint the project does not hold', () => {
    const project = temporaryProject()
    const { run } = storedRun(project)
    expect(() => insertRun(project, makeRun(newId(DatasetVersionId), run.startCheckpointId))).toThrow(expect.objectContaining({ code: 'not_found' }))
    expect(() => updateRun(project, makeRun(run.datasetVersionId, run.startCheckpointId).id, { step: 1 })).toThrow(expect.objectContaining({ code: 'not_found' }))
  })

  it('let a job and its run name each other in one transaction', () => {
    const project = temporaryProject()
    const { run } = storedRun(project)
    const job = makeJob()
    const next = makeRun(run.datasetVersionId, run.startCheckpointId, { jobId: job.id })
    project.transaction(() => {
      insertRun(project, next)
      insertJob(project, { ...job, runId: next.id })
    })
    expect(getJob(project, job.id)?.runId).toBe(next.id)
  })

  it('keep metrics by step; a repeated step replaces the old one, NaN is left out', () => {
    const project = temporaryProject()
    const { run } = storedRun(project)
    appendMetrics(project, run.id, { step: 1, seconds: 2, values: { loss: 3, reward: 0.5 } })
    appendMetrics(project, run.id, { step: 2, seconds: 2, values: { loss: Number.NaN } })
    appendMetrics(project, run.id, { step: 1, seconds: 1, values: { loss: 2.5 } })
    appendMetrics(project, run.id, { step: 3, seconds: 1, values: { loss: 1, reward: 1 } })
    expect(listMetrics(project, run.id)).toEqual([
      { step: 1, seconds: 1, values: { loss: 2.5 } }, { step: 2, seconds: 2, values: {} }, { step: 3, seconds: 1, values: { loss: 1, reward: 1 } }
    ])
    expect(listMetrics(project, run.id, { fromStep: 3, names: ['reward'] })).toEqual([{ step: 3, seconds: 1, values: { reward: 1 } }])
    dropMetricsFrom(project, run.id, 2)
    expect(listMetrics(project, run.id).map(({ step }) => step)).toEqual([1])
  })

  it('give metrics by column, in parts, with others served in between', async () => {
    const project = temporaryProject()
    const { run } = storedRun(project)
    project.transaction(() => {
      for (let step = 1; step <= 9000; step++) appendMetrics(project, run.id, { step, seconds: 1, values: { loss: 1 / step, ...(step % 3000 === 0 && { reward: step }) } })
    })
    let turns = 0
    const { steps, columns } = await metricColumns(project, run.id, 2, async () => { turns++ })
    expect(turns).toBe(2)
    expect([...steps]).toEqual(Array.from({ length: 8999 }, (_, i) => i + 2))
    expect([...columns.get('loss') ?? []]).toEqual(Array.from({ length: 8999 }, (_, i) => 1 / (i + 2)))
    expect([...columns.get('reward') ?? []].flatMap((value, row) => Number.isNaN(value) ? [] : [[steps[row], value]])).toEqual([[3000, 3000], [6000, 6000], [9000, 9000]])
    expect(await metricColumns(project, run.id, 9001, async () => undefined)).toEqual({ steps: new Float64Array(), columns: new Map() })
  })
})

describe('jobs', () => {
  it('change, list newest first and tell what was left unfinished', () => {
    const project = temporaryProject()
    const first = makeJob()
    const second = makeJob({ kind: 'import' })
    insertJob(project, first)
    insertJob(project, second)
    const progress = { phase: 'step', done: 1, total: null, unit: 'steps', rate: null, secondsLeft: null }
    updateJob(project, first.id, { status: 'failed', progress, error: { code: 'disk_full', message: 'no room' }, finishedAt: AT })
    expect(getJob(project, first.id)).toEqual({ ...first, status: 'failed', progress, error: { code: 'disk_full', message: 'no room' }, finishedAt: AT })
    expect(listJobs(project, { limit: 1 }).map(({ id }) => id)).toEqual([second.id])
    expect(listUnfinishedJobs(project).map(({ id }) => id)).toEqual([second.id])
    expect(getJob(project, newId(JobId))).toBeNull()
    updateJob(project, first.id, { error: null })
    expect(getJob(project, first.id)?.error).toBeNull()
  })

  it('number their events from 0 and give those after one', () => {
    const project = temporaryProject()
    const job = makeJob()
    insertJob(project, job)
    const events = ['a', 'b', 'c'].map((text) => appendJobEvent(project, job.id, { kind: 'log', level: 'info', text }))
    expect(events.map(({ seq }) => seq)).toEqual([0, 1, 2])
    expect(jobEventsSince(project, job.id, -1)).toEqual(events)
    expect(jobEventsSince(project, job.id, 1)).toEqual(events.slice(2))
    appendJobEvent(project, job.id, { kind: 'tally', counts: { kept: 1 } })
    appendJobEvent(project, job.id, { kind: 'metrics', runId: newId(RunId), step: 1, values: {} })
    const end = appendJobEvent(project, job.id, { kind: 'stopped' })
    expect(jobEventsSince(project, job.id, 1, 10, true)).toEqual([...events.slice(2), end])
    expect(() => appendJobEvent(project, newId(JobId), { kind: 'stopped' })).toThrow(expect.objectContaining({ code: 'not_found' }))
  })
})

describe('evaluations and saved filters', () => {
  it('keep every score, missing ones as missing', () => {
    const project = temporaryProject()
    const checkpoint = makeCheckpoint()
    insertCheckpoint(project, checkpoint)
    const score = (task: string, accuracy: number | null): TaskScore => ({
      task, items: 3, accuracy, format: 1, reflectionRate: 0.1, grounding: null, steps: 2.5, boxes: 1, lines: 0, responseTokens: 40.5
    })
    const evaluation: EvaluationRun = {
      id: newId(EvaluationId), checkpointId: checkpoint.id, label: 'base', split: 'test', prompt: 'pocket', drawStyle: 'pocket', createdAt: AT,
      sampling: { temperature: 0, topP: 1, topK: 0, seed: 1, maxTurnTokens: 9, maxTotalTokens: 9, maxTurns: 9, maxImages: 9, repeatTolerance: 2 },
      scores: [score('maze', 0.25), score('count', null)], overall: score('overall', 0.25)
    }
    insertEvaluation(project, evaluation)
    expect(getEvaluation(project, evaluation.id)).toEqual(evaluation)
    expect(listEvaluations(project, { checkpointId: checkpoint.id })).toEqual([evaluation])
    expect(listEvaluations(project, { checkpointId: makeCheckpoint().id })).toEqual([])
  })

  it('save, replace and delete a view', () => {
    const project = temporaryProject()
    const filter = ItemFilter.parse({ task: 'maze' })
    saveFilter(project, { target: 'items', name: 'mazes', filter: ItemFilter.parse({}) })
    saveFilter(project, { target: 'items', name: 'mazes', filter })
    expect(listFilters(project, 'items')).toEqual([{ target: 'items', name: 'mazes', filter }])
    expect(listFilters(project, 'trajectories')).toEqual([])
    deleteFilter(project, 'items', 'mazes')
    expect(() => deleteFilter(project, 'items', 'mazes')).toThrow(expect.objectContaining({ code: 'not_found' }))
  })
})
