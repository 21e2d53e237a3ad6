import { expect, it } from 'vitest'
import { groupOf } from '#main/api/group.ts'
import { groupAdvantages } from '#main/objective/advantage.ts'
import { insertCheckpoint } from '#main/store/checkpoints.ts'
import { freezeDataset } from '#main/store/datasetVersions.ts'
import { insertItems } from '#main/store/items.ts'
import { setReward } from '#main/store/rewards.ts'
import { insertRun } from '#main/store/runs.ts'
import { insertTrajectory } from '#main/store/trajectories.ts'
import { newId, type RunId, TrajectoryId } from '#shared/domain/ids.ts'
import { GrpoConfig } from '#shared/domain/trainingRun.ts'
import { makeCheckpoint, makeItem, makeReward, makeRun, makeTrajectory, temporaryProject } from '../store/fixtures.ts'

const SAMPLING = { temperature: 1, topP: 1, topK: 0, seed: 1, maxTurnTokens: 9, maxTotalTokens: 99, maxTurns: 9, maxImages: 9, repeatTolerance: null }

/** A project with one item, a checkpoint, and a GRPO run by this estimator; `add` stores a path of the item. */
function setUp(advantage: GrpoConfig['advantage']) {
  const project = temporaryProject()
  const [item, checkpoint] = [makeItem(), makeCheckpoint()]
  insertItems(project, [item])
  insertCheckpoint(project, checkpoint)
  const dataset = freezeDataset(project, { name: 'all', itemIds: [item.id], trajectoryIds: [] })
  const run = makeRun(dataset.id, checkpoint.id, { settings: { stage: 'grpo', config: GrpoConfig.parse({ advantage }) } })
  insertRun(project, run)
  const add = (total: number | null, from: { runId?: RunId | null; runStep?: number | null } = {}): TrajectoryId => {
    const path = makeTrajectory(item.id, {
      id: newId(TrajectoryId), origin: { kind: 'model', checkpointId: checkpoint.id, runId: run.id, runStep: 3, groupIndex: 0, sampling: SAMPLING, ...from }
    })
    insertTrajectory(project, path)
    setReward(project, path.id, makeReward({ total }))
    return path.id
  }
  return { project, item, add }
}

it('gives what was sampled together the advantages its run reckoned with, and shows the item’s other paths', () => {
  for (const estimator of ['grpo', 'rloo', 'drGrpo'] as const) {
    const { project, item, add } = setUp(estimator)
    const rewards = [2, 0, null, 1.5, 0]
    const ids = rewards.map((total) => add(total))
    const strangers = [add(1, { runStep: 4 }), add(1, { runId: null, runStep: null })]
    const human = makeTrajectory(item.id, { parentId: ids[0] as TrajectoryId, origin: { kind: 'human', reviewer: 'ana' }, id: newId(TrajectoryId) })
    insertTrajectory(project, human)
    const found = new Map(groupOf(project, ids[1] as TrajectoryId).map(({ path, ...rest }) => [path.id, rest]))
    expect(found.size).toBe(8)
    const expected = groupAdvantages(rewards, estimator)
    ids.forEach((id, index) => { expect(found.get(id)).toEqual({ inGroup: true, advantage: rewards[index] === null ? null : expected[index] }) })
    for (const id of [...strangers, human.id]) expect(found.get(id)).toEqual({ inGroup: false, advantage: null })
  }
})

it('makes a group of what a checkpoint was asked beside a training', () => {
  const { project, add } = setUp('grpo')
  add(2)
  const [first, second] = [add(2, { runId: null, runStep: null }), add(0, { runId: null, runStep: null })]
  const members = groupOf(project, first).filter(({ inGroup }) => inGroup)
  expect(members.map(({ path: { id } }) => id)).toEqual([second, first])
  expect(members.map(({ advantage }) => advantage)).toEqual([expect.closeTo(-Math.SQRT1_2, 5), expect.closeTo(Math.SQRT1_2, 5)])
})
