import { startReviewBulk, startReviewUndo } from '../jobs/bulk.ts'
import type { Workshop } from '../jobs/workshop.ts'
import { confidenceAt, keepPlace, listQueues, moreRows, openWindow } from '../store/queues.ts'
import { applyBulkReview, lastBatch, previewBulkReview, undoBulkReview } from '../store/reviewBulk.ts'
import { listConflicts, reviewProgress } from '../store/reviewers.ts'
import { os } from './implement.ts'

export function queueHandlers({ project }: Workshop) {
  return os.queues.router({
    list: os.queues.list.handler(({ input }) => listQueues(project, input.reviewer)),
    open: os.queues.open.handler(({ input: { filter, reviewer, queue, limit } }) => openWindow(project, { ...filter, reviewer }, queue, limit)),
    more: os.queues.more.handler(({ input: { filter, reviewer, towards, cursor, limit } }) => moreRows(project, { ...filter, reviewer }, towards, cursor, limit)),
    keepPlace: os.queues.keepPlace.handler(({ input: { queue, reviewer, id } }) => { keepPlace(project, queue, reviewer, id) }),
    confidenceAt: os.queues.confidenceAt.handler(({ input }) => ({ below: confidenceAt(project, input.share) }))
  })
}

export function reviewerHandlers(workshop: Workshop) {
  const { project, edits } = workshop
  const { bulk } = os.reviewers
  /** Tells every window, also of what was done before a failure. */
  const told = async <T>(judgedBy: string, work: Promise<T>): Promise<T> => work.finally(() => { edits.publish({ judgedBy }) })
  return os.reviewers.router({
    progress: os.reviewers.progress.handler(() => reviewProgress(project)),
    conflicts: os.reviewers.conflicts.handler(({ input: { reviewer, page } }) => listConflicts(project, reviewer, page)),
    bulk: {
      preview: bulk.preview.handler(({ input: { filter, reviewer, action } }) => previewBulkReview(project, { ...filter, reviewer }, action)),
      apply: bulk.apply.handler(({ input: { filter, reviewer, action } }) => told(reviewer, applyBulkReview(project, { ...filter, reviewer }, action))),
      start: bulk.start.handler(({ input }) => startReviewBulk(workshop, input)),
      last: bulk.last.handler(({ input }) => lastBatch(project, input.reviewer)),
      undo: bulk.undo.handler(({ input: { id, reviewer } }) => told(reviewer, undoBulkReview(project, id, reviewer))),
      startUndo: bulk.startUndo.handler(({ input }) => startReviewUndo(workshop, input))
    }
  })
}
