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

export function reviewerHandlers({ project }: Workshop) {
  const { bulk } = os.reviewers
  return os.reviewers.router({
    progress: os.reviewers.progress.handler(() => reviewProgress(project)),
    conflicts: os.reviewers.conflicts.handler(({ input: { reviewer, page } }) => listConflicts(project, reviewer, page)),
    bulk: {
      preview: bulk.preview.handler(({ input: { filter, reviewer, action } }) => previewBulkReview(project, { ...filter, reviewer }, action)),
      apply: bulk.apply.handler(({ input: { filter, reviewer, action } }) => applyBulkReview(project, { ...filter, reviewer }, action)),
      last: bulk.last.handler(({ input }) => lastBatch(project, input.reviewer)),
      undo: bulk.undo.handler(({ input: { id, reviewer } }) => undoBulkReview(project, id, reviewer))
    }
  })
}
