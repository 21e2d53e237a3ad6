import Database from 'better-sqlite3'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import type { ItemId, TrajectoryId } from '#shared/domain/ids.ts'
import type { Step, Trajectory } from '#shared/domain/trajectory.ts'
import { insertCheckpoint } from '#main/store/checkpoints.ts'
import { confidenceOf } from '#main/store/facets.ts'
import { insertItems } from '#main/store/items.ts'
import { queues } from '#main/store/migrations/0007_queues.ts'
import type { ProjectWriter } from '#main/store/project.ts'
import { rejectedSteps } from '#main/store/reviews.ts'
import { setReward } from '#main/store/rewards.ts'
import { countQuery, insertTrajectory, listTrajectories, listTrajectoryIds, trajectoriesQuery, type TrajectoryQuery } from '#main/store/trajectories.ts'
import { answerStep, drawingStep, makeCheckpoint, makeItem, makeReward, makeTrajectory, temporaryProject } from './fixtures.ts'
import { say } from './queueFixtures.ts'

const sampling = { temperature: 1, topP: 1, topK: 0, seed: 5, maxTurnTokens: 99, maxTotalTokens: 999, maxTurns: 10, maxImages: 42, repeatTolerance: null }
const plain: Step = { ...drawingStep(), problems: [], observations: [], tokens: null }

function projectWithItem(): { project: ProjectWriter; itemId: ItemId; model: Trajectory['origin'] } {
  const project = temporaryProject()
  const item = makeItem()
  insertItems(project, [item])
  const checkpoint = makeCheckpoint()
  insertCheckpoint(project, checkpoint)
  return { project, itemId: item.id, model: { kind: 'model', checkpointId: checkpoint.id, runId: null, groupIndex: 0, runStep: null, sampling } }
}

function boxStep(label: string, x: number): Step {
  return { ...plain, action: { kind: 'draw', tool: 'Object Mapper', ops: [{ kind: 'box', imageIndex: 1, box: [x, 1, x + 9, 9], label, space: 'model' }] } }
}

const sampled = (...logProbs: number[]): Step => ({ ...plain, tokens: { promptIds: [], responseIds: logProbs.map(() => 1), logProbs, entropies: logProbs.map(() => 0) } })

describe('filters by what a path holds', () => {
  it('find revised boxes, unusable steps, failed formats and endings', () => {
    const { project, itemId } = projectWithItem()
    const revised = makeTrajectory(itemId, { steps: [boxStep('cup', 1), boxStep('cup', 20), answerStep()] })
    const steady = makeTrajectory(itemId, { steps: [boxStep('cup', 1), boxStep('jar', 20), answerStep()] })
    const broken = makeTrajectory(itemId, { steps: [drawingStep()], finishReason: 'no_action', finishStep: 0, answer: null })
    for (const each of [revised, steady, broken]) insertTrajectory(project, each)
    setReward(project, revised.id, makeReward())
    setReward(project, broken.id, makeReward({ format: 0, correct: 0, total: 0 }))
    const ids = (filter: TrajectoryQuery): TrajectoryId[] => listTrajectoryIds(project, filter)
    expect(ids({ revised: true })).toEqual([revised.id])
    expect(ids({ revised: false })).toEqual([steady.id, broken.id])
    expect(ids({ problems: true })).toEqual([broken.id])
    expect(ids({ wellFormed: false })).toEqual([broken.id])
    expect(ids({ wellFormed: true })).toEqual([revised.id])
    expect(ids({ finish: 'no_action' })).toEqual([broken.id])
  })

  it('know how sure the model was where it was least sure', () => {
    const { project, itemId } = projectWithItem()
    const sure = makeTrajectory(itemId, { steps: [sampled(-0.1, -0.1), sampled(-0.2)] })
    const unsure = makeTrajectory(itemId, { steps: [sampled(-0.1), sampled(-3, -1)] })
    const written = makeTrajectory(itemId, { steps: [plain] })
    for (const each of [sure, unsure, written]) insertTrajectory(project, each)
    expect(confidenceOf(unsure.steps)).toBeCloseTo(Math.exp(-2), 12)
    expect(confidenceOf(written.steps)).toBeNull()
    expect(listTrajectoryIds(project, { confidenceBelow: 0.5 })).toEqual([unsure.id])
    expect(listTrajectoryIds(project, { confidenceBelow: 1 })).toEqual([sure.id, unsure.id])
    expect(listTrajectories(project).rows.map(({ confidence }) => confidence)).toEqual([null, expect.closeTo(Math.exp(-2), 12), expect.closeTo(Math.exp(-0.2), 12)])
  })

  it('know groups of rollouts that are wrong without exception, as rewards come and change', () => {
    const { project, itemId, model } = projectWithItem()
    const group = [0, 1, 2].map((groupIndex) => makeTrajectory(itemId, { origin: { ...model, groupIndex } as Trajectory['origin'] }))
    const taught = makeTrajectory(itemId)
    for (const each of [...group, taught]) insertTrajectory(project, each)
    const [first, second, third] = group as [Trajectory, Trajectory, Trajectory]
    const continued = makeTrajectory(itemId, { origin: model, parentId: first.id })
    insertTrajectory(project, continued)
    const wrong = (): TrajectoryId[] => listTrajectoryIds(project, { allWrong: true })
    for (const { id } of [first, second, taught, continued]) setReward(project, id, makeReward({ correct: 0, total: 0 }))
    setReward(project, third.id, makeReward({ correct: null, total: null }))
    expect(wrong()).toEqual(group.map(({ id }) => id))
    setReward(project, second.id, makeReward({ correct: 0.4 }))
    expect(wrong()).toEqual([])
    setReward(project, second.id, makeReward({ correct: 0, total: 0 }))
    expect(wrong()).toHaveLength(3)
  })
})

describe('filters by what reviewers said', () => {
  it('follow verdicts, marks, comments and who gave them', () => {
    const { project, itemId } = projectWithItem()
    const paths = Array.from({ length: 4 }, () => makeTrajectory(itemId))
    for (const each of paths) insertTrajectory(project, each)
    const [a, b, c, d] = paths.map(({ id }) => id) as [TrajectoryId, TrajectoryId, TrajectoryId, TrajectoryId]
    say(project, a, 'ann', { verdict: 'accept' })
    say(project, a, 'bob', { verdict: 'reject' })
    say(project, b, 'ann', { verdict: 'accept', comment: 'look at the lamp' })
    say(project, c, 'ann', { reflective: true })
    say(project, c, 'bob', { reflective: false })
    const ids = (filter: TrajectoryQuery): TrajectoryId[] => listTrajectoryIds(project, filter)
    expect(ids({ disagree: true })).toEqual([a, c])
    expect(ids({ commented: true })).toEqual([b])
    expect(ids({ judges: 'none' })).toEqual([c, d])
    expect(ids({ judges: 'one', mine: 'open', reviewer: 'bob' })).toEqual([b])
    expect(ids({ judges: 'one', mine: 'open', reviewer: 'ann' })).toEqual([])
    expect(ids({ judges: 'several' })).toEqual([a])
    expect(ids({ mine: 'judged', reviewer: 'ann' })).toEqual([a, b])
    expect(ids({ mine: 'open', reviewer: 'ann' })).toEqual([c, d])
    say(project, a, 'bob', { verdict: 'accept' })
    say(project, b, 'ann')
    expect([ids({ disagree: true }), ids({ commented: true }), ids({ mine: 'judged', reviewer: 'ann' })]).toEqual([[c], [], [a]])
  })

  it('show a reviewer their own words alone', () => {
    const { project, itemId } = projectWithItem()
    const { id } = makeTrajectory(itemId)
    insertTrajectory(project, makeTrajectory(itemId, { id }))
    say(project, id, 'ann', { verdict: 'reject', reflective: true })
    const shown = (reviewer?: string): unknown[] => listTrajectories(project, reviewer === undefined ? {} : { reviewer }).rows
      .map(({ verdict, markedReflective, judges }) => [verdict, markedReflective, judges])
    expect(shown()).toEqual([['reject', true, 1]])
    expect(shown('ann')).toEqual([['reject', true, 1]])
    expect(shown('bob')).toEqual([[null, null, 1]])
  })

  it('keep verdicts on steps; the newest word on a step counts', () => {
    const { project, itemId } = projectWithItem()
    const { id } = makeTrajectory(itemId)
    insertTrajectory(project, makeTrajectory(itemId, { id }))
    say(project, id, 'ann', { steps: [{ step: 1, verdict: 'reject', comment: 'wrong way' }, { step: 0, verdict: 'reject', comment: '' }] })
    say(project, id, 'bob', { steps: [{ step: 0, verdict: 'accept', comment: '' }] })
    expect(rejectedSteps(project, id)).toEqual([1])
    expect(listTrajectoryIds(project, { commented: true })).toEqual([id])
    say(project, id, 'ann', { steps: [{ step: 0, verdict: 'reject', comment: '' }] })
    expect(rejectedSteps(project, id)).toEqual([0])
  })
})

describe('the plan of a filter', () => {
  const filters: TrajectoryQuery[] = [
    { wellFormed: false }, { revised: true }, { allWrong: true }, { problems: true }, { confidenceBelow: 0.5 }, { disagree: true }, { commented: true },
    { finish: 'no_action' }, { judges: 'one' }, { judges: 'several' }, { mine: 'open', reviewer: 'ann' }, { mine: 'judged', reviewer: 'ann' },
    { task: 'maze', judges: 'one', mine: 'open', reviewer: 'ann', revised: true }
  ]

  it.each(filters)('%j walks one covering index and sorts nothing', (filter) => {
    const { project } = projectWithItem()
    const newest = { ...filter, newestOnly: true }
    expect(project.explain(trajectoriesQuery(newest, 100)).join('\n')).not.toMatch(/SCAN trajectories|TEMP B-TREE/)
    expect(project.explain(countQuery(newest))[0]).toMatch(/^SEARCH trajectories USING COVERING INDEX trajectories_(newest|task) /)
  })
})

describe('migration 7', () => {
  it('gives paths of before the facets that new ones get', () => {
    const { project, itemId, model } = projectWithItem()
    const unsure = makeTrajectory(itemId, { origin: model, steps: [sampled(-0.1), sampled(-3, -1), drawingStep()] })
    const revised = makeTrajectory(itemId, { steps: [boxStep('cup', 1), boxStep('cup', 20), boxStep('cup', 40)] })
    for (const each of [unsure, revised]) insertTrajectory(project, each)
    setReward(project, unsure.id, makeReward({ correct: 0, total: 0, format: 0 }))
    setReward(project, revised.id, makeReward({ reflective: true }))
    say(project, unsure.id, 'ann', { verdict: 'accept', comment: 'hm' })
    say(project, unsure.id, 'bob', { verdict: 'accept' })
    say(project, unsure.id, 'bob', { verdict: 'reject' })

    const database = new Database(path.join(project.folder, 'project.sqlite'))
    const facets = 'well_formed, revised, problems, confidence, all_wrong, judges, disagree, commented'
    const read = () => [database.prepare(`SELECT ${facets} FROM trajectories ORDER BY key`).all(), database.prepare('SELECT * FROM opinions').all()]
    const before = read()
    expect(before[0]).toMatchObject([{ well_formed: 0, all_wrong: 1, judges: 2, disagree: 1, commented: 1, problems: 1 }, { well_formed: 1, revised: 2, judges: 0 }])
    for (const index of ['trajectories_newest', 'trajectories_task', 'trajectories_item', 'trajectories_confidence', 'trajectories_disputed', 'trajectories_shared', 'reviews_batch']) database.exec(`DROP INDEX ${index}`)
    for (const column of facets.split(', ')) database.exec(`ALTER TABLE trajectories DROP COLUMN ${column}`)
    database.exec(`ALTER TABLE reviews DROP COLUMN steps; ALTER TABLE reviews DROP COLUMN batch; DROP TABLE opinions; DROP TABLE queue_places;
      CREATE INDEX trajectories_newest ON trajectories (superseded); CREATE INDEX trajectories_task ON trajectories (task); CREATE INDEX trajectories_item ON trajectories (item_key)`)
    queues.up(database)
    expect(read()).toEqual(before)
    database.close()
  })
})
