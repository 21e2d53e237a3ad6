import { startDeletion, startItemBulk, startItemUndo } from '../jobs/bulk.ts'
import type { Workshop } from '../jobs/workshop.ts'
import { applyBulk, lastBatch, previewBulk, undoBatch } from '../store/itemBulk.ts'
import { deleteForEver, previewDeletion } from '../store/trash.ts'
import { os } from './implement.ts'

export function itemBulkHandlers(workshop: Workshop) {
  const { project, itemEdits } = workshop
  /** Tells every window, also of what was done before a failure. Small as it is, it is finished for a window that is closed meanwhile. */
  const told = async <T>(work: Promise<T>): Promise<T> => work.finally(() => { itemEdits.publish({ itemId: null }) })
  return os.itemBulk.router({
    preview: os.itemBulk.preview.handler(({ input: { selection, action } }) => previewBulk(project, selection, action)),
    apply: os.itemBulk.apply.handler(({ input: { selection, action, author } }) => told(applyBulk(project, selection, action, author))),
    start: os.itemBulk.start.handler(({ input }) => startItemBulk(workshop, input)),
    last: os.itemBulk.last.handler(() => lastBatch(project)),
    undo: os.itemBulk.undo.handler(({ input: { id, author } }) => told(undoBatch(project, id, author))),
    startUndo: os.itemBulk.startUndo.handler(({ input }) => startItemUndo(workshop, input)),
    previewDeletion: os.itemBulk.previewDeletion.handler(({ input: { selection } }) => previewDeletion(project, selection)),
    deleteForEver: os.itemBulk.deleteForEver.handler(({ input: { selection } }) => told(deleteForEver(project, selection))),
    startDeletion: os.itemBulk.startDeletion.handler(({ input: { selection } }) => startDeletion(workshop, selection))
  })
}
