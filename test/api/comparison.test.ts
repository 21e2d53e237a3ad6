import { createRouterClient } from '@orpc/server'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { createRouter } from '#main/api/router.ts'
import { insertEvaluation } from '#main/store/evaluations.ts'
import { insertItems } from '#main/store/items.ts'
import { setReward } from '#main/store/rewards.ts'
import { insertTrajectory } from '#main/store/trajectories.ts'
import { PairQuery } from '#shared/contract/comparison.ts'
import type { Checkpoint } from '#shared/domain/checkpoint.ts'
import { type DatasetItem } from '#shared/domain/datasetItem.ts'
import type { EvaluationRun } from '#shared/domain/evaluation.ts'
import { EvaluationId, newId, TrajectoryId } from '#shared/domain/ids.ts'
import { defaultSampling } from '#shared/domain/samplingLimits.ts'
import { jobTitle } from '#shared/domain/jobTitle.ts'
import { answerStep, AT, makeItem, makeReward, makeTrajectory } from '../store/fixtures.ts'
import { checkpointNamed, testWorkshop, type TestWorkshop } from '../jobs/workshop.ts'

let test: TestWorkshop
let items: DatasetItem[]
const clientOf = ({ workshop }: TestWorkshop) => createRouterClient(createRouter(workshop))
let client: ReturnType<typeof clientOf>

beforeEach(async () => {
  test = await testWorkshop()
  client = clientOf(test)
  items = ['maze', 'maze', 'maze', 'count', 'count', 'count'].map((task, index) => makeItem({ task, split: 'test', question: `Question ${index}?` }))
  insertItems(test.workshop.project, items)
})
afterEach(async () => { await test.close() })

/** An evaluation whose paths are right (1), wrong (0) or unscored (null) on the items from the first on, with so many turns. */
function evaluation(checkpoint: Checkpoint, correct: readonly (number | null)[], turns = 1): EvaluationRun {
  const { project } = test.workshop
  const sampling = defaultSampling(checkpoint, { temperature: 0, seed: 1 })
  const score = { task: 'overall', items: correct.length, accuracy: null, format: 1, reflectionRate: 0, grounding: null, steps: 1, boxes: 0, lines: 0, responseTokens: 1 }
  const run: EvaluationRun = { id: newId(EvaluationId), checkpointId: checkpoint.id, label: checkpoint.name, split: 'test', prompt: 'pocket', drawStyle: 'pocket', sampling, scores: [], overall: score, createdAt: AT }
  correct.forEach((value, index) => {
    const path = makeTrajectory(items[index]?.id as never, {
      id: newId(TrajectoryId), origin: { kind: 'model', checkpointId: checkpoint.id, runId: null, runStep: null, groupIndex: 0, sampling }, answer: value === 1 ? 'A' : 'B',
      steps: Array.from({ length: turns + (index === 2 ? 3 : 0) }, answerStep)
    })
    insertTrajectory(project, path, { purpose: { evaluationId: run.id } })
    setReward(project, path.id, makeReward({ correct: value, total: value }))
  })
  insertEvaluation(project, run)
  return run
}

it('counts by task how answers flipped, with the chance of that', async () => {
  const left = evaluation(checkpointNamed(test.workshop, 'a'), [1, 1, 0, 0, 1, null])
  const right = evaluation(checkpointNamed(test.workshop, 'b'), [1, 0, 1, 0, 0])
  const none = { lost: 0, won: 0, bothWrong: 0, bothRight: 0, unscored: 0 }
  expect(await client.comparison.summary({ left: left.id, right: right.id })).toEqual({
    counts: [
      { ...none, task: 'count', bothWrong: 1, lost: 1, p: 1 }, { ...none, task: 'maze', bothRight: 1, lost: 1, won: 1, p: 1 },
      { ...none, task: null, bothRight: 1, bothWrong: 1, lost: 2, won: 1, p: 1 }
    ],
    onlyLeft: 1, onlyRight: 0
  })
  const others = evaluation(checkpointNamed(test.workshop, 'c'), [null, 1, 1, 1, 1, 1])
  const better = evaluation(checkpointNamed(test.workshop, 'd'), [0, 0, 0, 0, 0, 0])
  const { counts } = await client.comparison.summary({ left: others.id, right: better.id })
  expect(counts.at(-1)).toEqual({ ...none, task: null, unscored: 1, lost: 5, p: expect.closeTo(2 / 32, 12) as number })
})

it('lists the pairs by outcome, task and turns, page by page', async () => {
  const left = evaluation(checkpointNamed(test.workshop, 'a'), [1, 1, 0, 0, 1, 1])
  const right = evaluation(checkpointNamed(test.workshop, 'b'), [1, 0, 1, 0, 0, 1], 2)
  const list = async (query: Partial<PairQuery>, page = {}) => {
    const { rows, total, next } = await client.comparison.pairs({ ...PairQuery.parse({ left: left.id, right: right.id, ...query }), page })
    return { numbers: rows.map(({ itemId }) => items.findIndex(({ id }) => id === itemId)), outcomes: rows.map(({ outcome }) => outcome), total, next }
  }
  expect((await list({})).outcomes).toEqual(['bothRight', 'lost', 'won', 'bothWrong', 'lost', 'bothRight'])
  expect(await list({ outcomes: ['lost', 'won'] })).toMatchObject({ numbers: [1, 2, 4], total: 3, next: null })
  expect((await list({ sort: 'outcome' })).outcomes).toEqual(['lost', 'lost', 'won', 'bothWrong', 'bothRight', 'bothRight'])
  expect((await list({ sort: 'task', descending: true })).numbers).toEqual([0, 1, 2, 3, 4, 5])
  expect((await list({ task: 'count', sort: 'outcome', descending: true })).numbers).toEqual([5, 3, 4])
  const first = await list({ sort: 'outcome' }, { limit: 4 })
  const rest = await list({ sort: 'outcome' }, { limit: 4, cursor: first.next })
  expect([first.numbers.length, rest.numbers.length, rest.next]).toEqual([4, 2, null])
  expect(new Set([...first.numbers, ...rest.numbers]).size).toBe(6)
})

it('takes the evaluation there is over the same items in the same manner, and starts the one that is missing', async () => {
  const { workshop } = test
  const [a, b] = [checkpointNamed(workshop, 'a'), checkpointNamed(workshop, 'waits')]
  const known = evaluation(a, [1, 0, 1, 0, 1, 0])
  evaluation(b, [1, 0])
  const request = { checkpointIds: [a.id, b.id] as [typeof a.id, typeof a.id], split: 'test' as const, limitPerTask: 0, prompt: 'pocket', drawStyle: 'pocket' }
  const [left, right] = await client.comparison.start(request)
  expect(left).toEqual({ evaluationId: known.id, jobId: null })
  expect(right).toEqual({ evaluationId: null, jobId: expect.any(String) as string })
  expect(workshop.runner.log.get(right?.jobId as never)).toMatchObject({ title: jobTitle('evaluate', { name: 'waits' }), status: 'running' })
  for (const other of [{ limitPerTask: 2 }, { temperature: 1 }, { prompt: 'vilasr' }, { seed: 2 }]) {
    const [again] = await client.comparison.start({ ...request, ...other })
    expect(again?.evaluationId, JSON.stringify(other)).toBeNull()
  }
})
