// A project to triage: generated items with the teacher's paths, some of which revise a box, and rollouts of them:
// of every item two, all wrong on some, some badly formed, surer and less sure.
import type { ProjectWriter } from '#main/store/project.ts'
import { setReward } from '#main/store/rewards.ts'
import { getTrajectory, insertTrajectory, listTrajectoryIds } from '#main/store/trajectories.ts'
import { runGenerating } from '#main/jobs/generating.ts'
import { JobId, newId, TrajectoryId } from '#shared/domain/ids.ts'
import type { Step, Trajectory } from '#shared/domain/trajectory.ts'
import { testWorkshop } from '../jobs/workshop.ts'
import { makeReward } from '../store/fixtures.ts'

const SAMPLING = { temperature: 1, topP: 1, topK: 0, seed: 5, maxTurnTokens: 99, maxTotalTokens: 999, maxTurns: 10, maxImages: 42, repeatTolerance: null }

/** Items there are; each has a teacher's path and two rollouts. */
export const ITEMS = 10
/** Items all of whose rollouts are wrong. */
export const ALL_WRONG = 3

export async function makeQueueProject(): Promise<{ folder: string }> {
  const test = await testWorkshop()
  const { project } = test.workshop
  const quiet = { jobId: newId(JobId), stop: new AbortController().signal, kill: new AbortController().signal, report: () => undefined }
  await runGenerating(test.workshop, quiet, { generator: 'relation', count: ITEMS, seed: 5, split: 'train', teacherPaths: true, reflectiveShare: 0.4 })
  insertRollouts(project)
  await test.workshop.runner.close()
  await test.workshop.similar.close()
  project.close()
  return { folder: test.folder }
}

function insertRollouts(project: ProjectWriter): void {
  for (const [item, id] of listTrajectoryIds(project).entries()) {
    const taught = getTrajectory(project, id)
    for (const groupIndex of [0, 1]) {
      const path: Trajectory = {
        ...taught, id: newId(TrajectoryId), origin: { kind: 'model', checkpointId: null, runId: null, groupIndex, runStep: null, sampling: SAMPLING },
        steps: taught.steps.map((step) => sampledStep(step, item * 2 + groupIndex))
      }
      insertTrajectory(project, path)
      const right = item >= ALL_WRONG && groupIndex === 0
      const correct = right ? 1 : 0
      setReward(project, path.id, makeReward({ correct, format: item === 9 && groupIndex === 1 ? 0 : 1, total: right ? 2 : 0, explanation: right ? 'right' : 'wrong' }))
    }
  }
}

/** Less sure the larger `place`. */
function sampledStep(step: Step, place: number): Step {
  const responseIds = [1, 2, 3]
  return { ...step, mistake: false, tokens: { promptIds: [1], responseIds, logProbs: responseIds.map(() => -0.1 * (place + 1)), entropies: responseIds.map(() => 0.2) } }
}
