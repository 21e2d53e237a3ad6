import { type ItemId, newId, ReviewId, type TrajectoryId } from '#shared/domain/ids.ts'
import type { Review } from '#shared/domain/review.ts'
import { insertItems } from '#main/store/items.ts'
import type { ProjectWriter } from '#main/store/project.ts'
import { addReview } from '#main/store/reviews.ts'
import { insertTrajectory } from '#main/store/trajectories.ts'
import { answerStep, AT, makeItem, makeTrajectory, temporaryProject } from './fixtures.ts'

/** A project with this many paths of one item; their ids oldest first. */
export function projectWithPaths(count: number): { project: ProjectWriter; itemId: ItemId; ids: TrajectoryId[] } {
  const project = temporaryProject()
  const item = makeItem()
  insertItems(project, [item])
  const ids = Array.from({ length: count }, () => {
    const path = makeTrajectory(item.id, { steps: [answerStep()], finishStep: 0 })
    insertTrajectory(project, path)
    return path.id
  })
  return { project, itemId: item.id, ids }
}

export function say(project: ProjectWriter, trajectoryId: TrajectoryId, reviewer: string, change: Partial<Review> = {}): void {
  addReview(project, { id: newId(ReviewId), trajectoryId, reviewer, verdict: null, reflective: null, comment: '', createdAt: AT, ...change })
}
