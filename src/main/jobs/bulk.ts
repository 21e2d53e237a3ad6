import type { ItemSelection } from '#shared/contract/itemBulk.ts'
import type { TrajectoryFilter } from '#shared/contract/trajectories.ts'
import { JobId, newId } from '#shared/domain/ids.ts'
import type { ItemBulkAction } from '#shared/domain/itemBulk.ts'
import type { ReviewAction } from '#shared/domain/reviewBatch.ts'
import type { ChunkOptions } from '../store/chunks.ts'
import { applyBulk, undoBatch } from '../store/itemBulk.ts'
import { applyBulkReview, undoBulkReview } from '../store/reviewBulk.ts'
import { deleteForEver } from '../store/trash.ts'
import type { Summary } from './jobLog.ts'
import { ratedProgress } from './ratedProgress.ts'
import type { Workshop } from './workshop.ts'

interface Started { jobId: JobId }

/** Queues a change of all items of a selection. Stopped or killed in the middle, it can be taken back or done again. */
export function startItemBulk(workshop: Workshop, { selection, action, author }: { selection: ItemSelection; action: ItemBulkAction; author: string }): Started {
  return start(workshop, 'bulkItems', null, async (options) => {
    const { changed } = await applyBulk(workshop.project, selection, action, author, options)
    return { changed }
  })
}

/** Queues taking a bulk change of items back; stopped in the middle, the rest can be taken back later. */
export function startItemUndo(workshop: Workshop, { id, author }: { id: string; author: string }): Started {
  return start(workshop, 'undoItems', null, (options) => undoBatch(workshop.project, id, author, options))
}

/** Queues deleting for ever what a selection holds of the trash. */
export function startDeletion(workshop: Workshop, selection: ItemSelection): Started {
  return start(workshop, 'deleteItems', null, async (options) => {
    const { items, paths, kept } = await deleteForEver(workshop.project, selection, options)
    return { items, paths, frozen: kept.count }
  })
}

/** Queues a reviewer's word on all paths that pass a filter. Stopped or killed in the middle, it can be taken back or said again. */
export function startReviewBulk(workshop: Workshop, { filter, reviewer, action }: { filter: TrajectoryFilter; reviewer: string; action: ReviewAction }): Started {
  return start(workshop, 'bulkPaths', reviewer, async (options) => {
    const { changed } = await applyBulkReview(workshop.project, { ...filter, reviewer }, action, options)
    return { changed }
  })
}

/** Queues taking such a word back; stopped in the middle, the rest can be taken back later. */
export function startReviewUndo(workshop: Workshop, { id, reviewer }: { id: string; reviewer: string }): Started {
  return start(workshop, 'undoPaths', reviewer, (options) => undoBulkReview(workshop.project, id, reviewer, options))
}

/**
 * Windows are told however the job ends, as what it did until then stays.
 * @param title a key of the pages' words for jobs
 * @param reviewer whose word on paths it is; null: items are changed
 */
function start(workshop: Workshop, title: string, reviewer: string | null, work: (options: ChunkOptions) => Promise<Summary>): Started {
  const jobId = newId(JobId)
  workshop.runner.submit({
    id: jobId, kind: 'bulk', title, lane: 'bulk', runId: null,
    work: (context) => work({ signal: context.stop, onProgress: ratedProgress(context, '', reviewer === null ? 'items' : 'paths') }),
    onEnd: () => {
      if (reviewer === null) workshop.itemEdits.publish({ itemId: null })
      else workshop.edits.publish({ judgedBy: reviewer })
    }
  })
  return { jobId }
}
