import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { DatasetItem } from '#shared/domain/datasetItem.ts'
import { newId, ReviewId } from '#shared/domain/ids.ts'
import { StageConfig } from '#shared/domain/trainingRun.ts'
import type { Trajectory } from '#shared/domain/trajectory.ts'
import { readDataset } from '#main/engine/dataset.ts'
import { freezeData } from '#main/jobs/frozenData.ts'
import { selectForStage } from '#main/jobs/selection.ts'
import { insertItems } from '#main/store/items.ts'
import { addReview } from '#main/store/reviews.ts'
import { setReward } from '#main/store/rewards.ts'
import { insertTrajectory } from '#main/store/trajectories.ts'
import { AT, makeItem, makeReward, makeTrajectory, temporaryFolder, temporaryProject } from '../store/fixtures.ts'

const reflective = StageConfig.parse({ stage: 'reflective', config: {} })

test('what people said of stored paths reaches rejection sampling with its data, and stays as it was then', async () => {
  const project = temporaryProject()
  const [first, second, held] = [makeItem(), makeItem({ question: 'Which one?' }), makeItem({ question: 'Where?', split: 'test' })]
  insertItems(project, [first, second, held])
  const path = (item: DatasetItem, reward = makeReward()): Trajectory => {
    const made = makeTrajectory(item.id)
    insertTrajectory(project, made)
    setReward(project, made.id, reward)
    return made
  }
  const say = (of: Trajectory, verdict: 'accept' | 'reject' | null, marked: boolean | null): void => addReview(project, {
    id: newId(ReviewId), trajectoryId: of.id, reviewer: 'ana', verdict, reflective: marked, comment: '', createdAt: AT
  })
  const [confirmed, rejected, kept] = [path(first), path(first, makeReward({ reflective: true })), path(held)]
  path(second)
  say(confirmed, null, true)
  say(rejected, 'reject', null)
  say(kept, 'accept', true)
  addReview(project, { id: newId(ReviewId), trajectoryId: confirmed.id, reviewer: 'ben', verdict: null, reflective: null, comment: '', steps: [{ step: 1, verdict: 'reject', comment: '' }], createdAt: AT })
  const members = selectForStage(project, reflective, [])
  expect([...members.values()].flat().toSorted()).toEqual([confirmed.id, rejected.id].toSorted())
  expect(members.size).toBe(2)
  const file = join(temporaryFolder(), 'dataset.jsonl')
  await freezeData(project, file, members)
  say(rejected, 'accept', true)
  const lines = await readDataset(file)
  expect(lines.map(({ opinions }) => opinions)).toContainEqual({ [confirmed.id]: 'kept', [rejected.id]: 'vetoed' })
  expect(lines.map(({ rejected }) => rejected)).toContainEqual({ [confirmed.id]: [1] })
  expect((await readFile(file, 'utf8')).match(/opinions/g)).toHaveLength(1)
})

test('a path cut off after an accepted step teaches the cold start its steps, and nothing else', () => {
  const project = temporaryProject()
  const [item, other] = [makeItem(), makeItem({ question: 'Which one?' })]
  insertItems(project, [item, other])
  const cut = (of: DatasetItem, verdict: 'accept' | null): Trajectory => {
    const path: Trajectory = { ...makeTrajectory(of.id), answer: null, finishReason: 'cut', origin: { kind: 'human', reviewer: 'ana' } }
    insertTrajectory(project, path)
    addReview(project, { id: newId(ReviewId), trajectoryId: path.id, reviewer: 'ana', verdict, reflective: true, comment: '', createdAt: AT })
    return path
  }
  const [accepted] = [cut(item, 'accept'), cut(other, null)]
  const learnt = (stage: string, config: object = {}) => [...selectForStage(project, StageConfig.parse({ stage, config }), []).values()].flat()
  expect(learnt('coldStart')).toEqual([accepted.id])
  expect(() => learnt('dpo', { pairs: 'paths' })).toThrow('no accepted or correct written path')
  expect([learnt('reflective'), learnt('grpo')]).toEqual([[], []])
})
