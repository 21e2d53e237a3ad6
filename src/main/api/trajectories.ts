import type { TrajectoryDetail } from '#shared/contract/trajectories.ts'
import { newId, ReviewId, type TrajectoryId } from '#shared/domain/ids.ts'
import { startContinuation } from '../jobs/rollout.ts'
import type { Workshop } from '../jobs/workshop.ts'
import { setEditHistory } from '../store/editHistories.ts'
import { contentChangedSince, itemOfPath } from '../store/itemVersions.ts'
import type { ProjectReader } from '../store/project.ts'
import { addReview, listReviews } from '../store/reviews.ts'
import { getReward } from '../store/rewards.ts'
import { listRivals } from '../store/rivals.ts'
import { getTrajectory, listAncestors, listChildren, listTrajectories } from '../store/trajectories.ts'
import { os } from './implement.ts'
import { saveEdit } from './saveEdit.ts'

export function trajectoryHandlers(workshop: Workshop) {
  const { project } = workshop
  return os.trajectories.router({
    list: os.trajectories.list.handler(({ input }) => listTrajectories(project, input.filter, input.page)),
    get: os.trajectories.get.handler(({ input }) => detailOf(project, input.id)),
    saveEdit: os.trajectories.saveEdit.handler(async ({ input }) => {
      const detail = detailOf(project, await saveEdit(project, input))
      workshop.edits.publish({ itemId: detail.item.id, trajectoryId: detail.trajectory.id })
      return detail
    }),
    review: os.trajectories.review.handler(({ input: { history, ...said } }) => {
      const review = { ...said, id: newId(ReviewId), createdAt: new Date().toISOString() }
      project.transaction(() => {
        addReview(project, review)
        if (history !== undefined) setEditHistory(project, said.trajectoryId, said.reviewer, history)
      }, { durable: true })
      return review
    }),
    continueFrom: os.trajectories.continueFrom.handler(({ input }) => startContinuation(workshop, input))
  })
}

function detailOf(project: ProjectReader, id: TrajectoryId): TrajectoryDetail {
  const trajectory = getTrajectory(project, id)
  return {
    trajectory,
    item: itemOfPath(project, trajectory),
    edited: contentChangedSince(project, trajectory.itemId, trajectory.itemVersion ?? 1),
    reward: getReward(project, id),
    reviews: listReviews(project, id),
    ancestors: listAncestors(project, id),
    children: listChildren(project, id),
    rivals: listRivals(project, id)
  }
}
