import { describe, expect, it } from 'vitest'
import { newId, ReviewId, RunId, TrajectoryId } from '#shared/domain/ids.ts'
import type { Review } from '#shared/domain/review.ts'
import type { Reward } from '#shared/domain/reward.ts'
import type { ItemId } from '#shared/domain/ids.ts'
import { insertCheckpoint } from '#main/store/checkpoints.ts'
import { insertItems } from '#main/store/items.ts'
import type { ProjectWriter } from '#main/store/project.ts'
import { addReview, listReviews } from '#main/store/reviews.ts'
import { getReward, setReward } from '#main/store/rewards.ts'
import {
  countQuery, getTrajectory, insertTrajectory, listAncestors, listChildren, listTrajectories, listTrajectoryIds, trajectoriesQuery, type TrajectoryQuery
} from '#main/store/trajectories.ts'
import { AT, answerStep, makeCheckpoint, makeItem, makeReward, makeTrajectory, temporaryProject } from './fixtures.ts'

function projectWithItem(): { project: ProjectWriter; itemId: ItemId } {
  const project = temporaryProject()
  const item = makeItem()
  insertItems(project, [item])
  return { project, itemId: item.id }
}

function review(trajectoryId: TrajectoryId, change: Partial<Review>): Review {
  return { id: newId(ReviewId), trajectoryId, reviewer: 'ann', verdict: null, reflective: null, comment: '', revisions: [], steps: [], createdAt: AT, ...change }
}

describe('paths', () => {
  it('come back exactly: steps, shapes, observations, problems, tokens', () => {
    const { project, itemId } = projectWithItem()
    const checkpoint = makeCheckpoint()
    insertCheckpoint(project, checkpoint)
    const teacher = makeTrajectory(itemId)
    const model = makeTrajectory(itemId, {
      origin: {
        kind: 'model', checkpointId: checkpoint.id, runId: null, groupIndex: 2, runStep: null,
        sampling: { temperature: 0.7, topP: 1, topK: 0, seed: 5, maxTurnTokens: 99, maxTotalTokens: 999, maxTurns: 10, maxImages: 42, repeatTolerance: null }
      },
      answer: null, finishReason: 'no_action', finishStep: 0, steps: [{ ...answerStep(), action: { kind: 'none' } }]
    })
    const human = makeTrajectory(itemId, { origin: { kind: 'human', reviewer: 'ann' }, parentId: teacher.id })
    for (const path of [teacher, model, human]) insertTrajectory(project, path)
    for (const path of [teacher, model, human]) expect(getTrajectory(project, path.id)).toEqual(path)
  })

  it('leave nothing behind when one cannot be stored', () => {
    const { project, itemId } = projectWithItem()
    const known = makeTrajectory(itemId)
    insertTrajectory(project, known)
    expect(() => insertTrajectory(project, makeTrajectory(itemId, { id: known.id }))).toThrow(expect.objectContaining({ code: 'conflict' }))
    expect(() => insertTrajectory(project, makeTrajectory(itemId, { parentId: newId(TrajectoryId) }))).toThrow(expect.objectContaining({ code: 'not_found' }))
    expect(listTrajectories(project).total).toBe(1)
  })

  it('know their versions: an edit names its parent and supersedes it', () => {
    const { project, itemId } = projectWithItem()
    const first = makeTrajectory(itemId)
    const second = makeTrajectory(itemId, { parentId: first.id, origin: { kind: 'human', reviewer: 'ana' } })
    const third = makeTrajectory(itemId, { parentId: second.id, origin: { kind: 'human', reviewer: 'ana' } })
    for (const path of [first, second, third]) insertTrajectory(project, path)
    expect(listAncestors(project, third.id)).toEqual([first.id, second.id])
    expect(listChildren(project, first.id)).toEqual([second.id])
    expect(listTrajectoryIds(project, { newestOnly: true })).toEqual([third.id])
    expect(listTrajectories(project).rows.map(({ id, parentId }) => [id, parentId])).toEqual([[third.id, second.id], [second.id, first.id], [first.id, null]])
  })

  it('page newest first', () => {
    const { project, itemId } = projectWithItem()
    const paths = Array.from({ length: 5 }, () => makeTrajectory(itemId))
    for (const path of paths) insertTrajectory(project, path)
    const first = listTrajectories(project, {}, { limit: 2 })
    const rest = listTrajectories(project, {}, { limit: 9, cursor: first.next })
    expect([...first.rows, ...rest.rows].map(({ id }) => id)).toEqual(paths.map(({ id }) => id).reverse())
    expect(rest.next).toBeNull()
  })
})

describe('rewards and reviews', () => {
  it('keep why in a code, and what earlier versions said in words', () => {
    const { project, itemId } = projectWithItem()
    const path = makeTrajectory(itemId)
    insertTrajectory(project, path)
    const reasons: Reward['explanation'][] = [{ code: 'relativeAccuracy', values: { given: '3', expected: '4', score: 0.7 } }, { code: 'noAnswer', values: {} }, 'The path gives no answer', '"{A" names no option']
    for (const explanation of reasons) {
      setReward(project, path.id, makeReward({ explanation }))
      expect([getReward(project, path.id)?.explanation, listTrajectories(project, {}).rows[0]?.reward?.explanation]).toEqual([explanation, explanation])
    }
  })

  it('show in lists and filters', () => {
    const { project, itemId } = projectWithItem()
    const right = makeTrajectory(itemId)
    const wrong = makeTrajectory(itemId, { origin: { kind: 'human', reviewer: 'bob' } })
    const unscored = makeTrajectory(itemId)
    for (const path of [right, wrong, unscored]) insertTrajectory(project, path)
    const reward = makeReward({ reflective: true })
    setReward(project, right.id, reward)
    setReward(project, wrong.id, makeReward({ total: 0, correct: 0 }))
    setReward(project, unscored.id, makeReward({ total: null, correct: null, extractedAnswer: null }))
    expect(getReward(project, right.id)).toEqual(reward)
    expect(listTrajectories(project, { correct: true }).rows[0]).toMatchObject({
      id: right.id, reward, behaviour: { steps: 2, boxes: 1, lines: 1, responseTokens: 2 }, expected: 'A', question: 'Which letter?'
    })
    expect(listTrajectoryIds(project, { correct: false })).toEqual([wrong.id])
    expect(listTrajectoryIds(project, { reflective: true })).toEqual([right.id])
    expect(listTrajectoryIds(project, { origin: 'human' })).toEqual([wrong.id])
    expect(listTrajectoryIds(project, { text: 'letter', task: 'maze', itemId })).toHaveLength(3)
    setReward(project, right.id, makeReward({ correct: 0, total: 0 }))
    expect(listTrajectoryIds(project, { correct: true })).toEqual([])
  })

  it('append; the newest of each reviewer counts, the newest opinion shows', () => {
    const { project, itemId } = projectWithItem()
    const path = makeTrajectory(itemId)
    insertTrajectory(project, path)
    setReward(project, path.id, makeReward({ reflective: false }))
    const shown = () => {
      const row = listTrajectories(project).rows[0]
      return [row?.verdict, row?.markedReflective, listTrajectoryIds(project, { reflective: true }).length]
    }
    const accept = review(path.id, { verdict: 'accept', reflective: true, comment: 'nice' })
    addReview(project, accept)
    expect(shown()).toEqual(['accept', true, 1])
    addReview(project, review(path.id, { reviewer: 'bob', verdict: 'reject' }))
    expect(shown()).toEqual(['reject', true, 1])
    addReview(project, review(path.id, { reviewer: 'bob' }))
    expect(shown()).toEqual(['accept', true, 1])
    addReview(project, review(path.id, {}))
    expect(shown()).toEqual([null, null, 0])
    expect(listTrajectoryIds(project, { verdict: 'none' })).toEqual([path.id])
    expect(listReviews(project, path.id)).toHaveLength(4)
    expect(listReviews(project, path.id)[0]).toEqual(accept)
  })

  it('are refused for a path that is not there', () => {
    const { project } = projectWithItem()
    const id = newId(TrajectoryId)
    expect(() => setReward(project, id, makeReward())).toThrow(expect.objectContaining({ code: 'not_found' }))
    expect(() => addReview(project, review(id, {}))).toThrow(expect.objectContaining({ code: 'not_found' }))
  })
})

describe('the plan of a path list', () => {
  const filters: TrajectoryQuery[] = [
    {}, { task: 'maze' }, { origin: 'model' }, { correct: true }, { reflective: true }, { verdict: 'accept' }, { verdict: 'none' },
    { task: 'maze', correct: false, reflective: true, origin: 'human', verdict: 'none' }
  ]

  it.each(filters)('%j uses an index and sorts nothing', (filter) => {
    const { project } = projectWithItem()
    const newest = { ...filter, newestOnly: true }
    expect(project.explain(trajectoriesQuery(newest, 100)).join('\n')).not.toMatch(/SCAN|TEMP B-TREE/)
    // Beside the index of the trash, a handful of keys as a rule.
    const plan = project.explain(countQuery(newest)).filter((line) => !/LIST SUBQUERY|BLOOM FILTER|items_trashed/.test(line)).join('\n')
    expect(plan).toMatch(/^SEARCH trajectories USING COVERING INDEX [a-z_ ]+\S*\([^)]*\)$/)
    expect(project.explain(countQuery(filter)).join('\n')).toMatch(/COVERING INDEX/)
  })

  it('tests a text inside the index, newest first', () => {
    const { project } = projectWithItem()
    const plan = project.explain(trajectoriesQuery({ text: 'lamp', newestOnly: true }, null)).join('\n')
    expect(plan).toMatch(/SEARCH trajectories USING INDEX trajectories_newest/)
    expect(plan).toMatch(/SCAN items_text VIRTUAL TABLE INDEX/)
    expect(plan).not.toMatch(/TEMP B-TREE/)
  })

  it('finds the paths of an item, a run and a checkpoint by index', () => {
    const { project, itemId } = projectWithItem()
    const plan = (filter: TrajectoryQuery) => project.explain(trajectoriesQuery({ ...filter, newestOnly: true }, null)).join('\n')
    expect(plan({ itemId })).toMatch(/trajectories_item/)
    expect(plan({ checkpointId: makeCheckpoint().id })).toMatch(/trajectories_checkpoint/)
    expect(plan({ runId: newId(RunId) })).toMatch(/trajectories_run/)
  })
})
