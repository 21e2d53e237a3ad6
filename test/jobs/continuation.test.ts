import { expect, test } from 'vitest'
import { ContinueRequest } from '#shared/contract/trajectories.ts'
import { newId, ReviewId, TrajectoryId } from '#shared/domain/ids.ts'
import { StageConfig } from '#shared/domain/trainingRun.ts'
import type { Trajectory } from '#shared/domain/trajectory.ts'
import { selectForStage } from '#main/jobs/selection.ts'
import { startContinuation } from '#main/jobs/rollout.ts'
import { insertItems } from '#main/store/items.ts'
import type { ProjectWriter } from '#main/store/project.ts'
import { addReview } from '#main/store/reviews.ts'
import { setReward } from '#main/store/rewards.ts'
import { listRivals } from '#main/store/rivals.ts'
import { insertTrajectory, listAncestors, listChildren, listTrajectories } from '#main/store/trajectories.ts'
import { AT, makeItem, makeReward, makeTrajectory, temporaryProject } from '../store/fixtures.ts'
import { checkpointNamed, testWorkshop } from './workshop.ts'

/** A path, two continuations of it by a model, and a person's edit of the second. */
function branches(project: ProjectWriter) {
  const item = makeItem()
  insertItems(project, [item])
  const add = (more: Partial<Trajectory>): Trajectory => {
    const path = makeTrajectory(item.id, { ...more, id: newId(TrajectoryId) })
    insertTrajectory(project, path)
    setReward(project, path.id, makeReward({ correct: 0 }))
    return path
  }
  const parent = add({ parentId: null, origin: { kind: 'teacher', teacher: 'scripted', seed: 1 } })
  const sampling = { temperature: 1, topP: 1, topK: 0, seed: 1, maxTurnTokens: 9, maxTotalTokens: 99, maxTurns: 9, maxImages: 9, repeatTolerance: null }
  const origin = { kind: 'model' as const, checkpointId: null, runId: null, runStep: null, groupIndex: 0, sampling }
  const [first, second] = [add({ parentId: parent.id, origin }), add({ parentId: parent.id, origin: { ...origin, groupIndex: 1 } })]
  const edited = add({ parentId: second.id, origin: { kind: 'human', reviewer: 'ana' } })
  return { item, parent, first, second, edited }
}

test('continuations stay beside the path they came from; only edits take a path’s place', () => {
  const project = temporaryProject()
  const { parent, first, second, edited } = branches(project)
  const ids = (filter: Parameters<typeof listTrajectories>[1]): string[] => listTrajectories(project, filter).rows.map(({ id }) => id)
  expect(ids({ newestOnly: true }).toSorted()).toEqual([parent.id, first.id, edited.id].toSorted())
  expect(ids({ continues: parent.id })).toEqual([second.id, first.id])
  expect([listChildren(project, parent.id), listChildren(project, second.id)]).toEqual([[], [edited.id]])
  expect([listAncestors(project, first.id), listAncestors(project, edited.id)]).toEqual([[], [second.id]])
  expect(listRivals(project, first.id)).toEqual([])
})

test('a continuation is learnt from once a reviewer accepts it', () => {
  const project = temporaryProject()
  const { item, first } = branches(project)
  const coldStart = StageConfig.parse({ stage: 'coldStart', config: {} })
  expect(() => selectForStage(project, coldStart, [])).toThrow('no accepted or correct written path')
  addReview(project, { id: newId(ReviewId), trajectoryId: first.id, reviewer: 'ana', verdict: 'accept', reflective: null, comment: '', createdAt: AT })
  expect([...selectForStage(project, coldStart, [])]).toEqual([[item.id, [first.id]]])
})

test('a path cannot go on after its end', async () => {
  const test = await testWorkshop()
  const { parent } = branches(test.workshop.project)
  const { id: checkpointId } = checkpointNamed(test.workshop, 'any')
  const ask = (keepSteps: number) => startContinuation(test.workshop, ContinueRequest.parse({ id: parent.id, keepSteps, writer: { kind: 'checkpoint', checkpointId } }))
  await expect(ask(parent.steps.length)).rejects.toThrow('cannot go on')
  await expect(ask(parent.steps.length + 1)).rejects.toThrow('cannot go on')
  expect((await ask(0)).jobId).toEqual(expect.any(String))
  await test.close()
})
