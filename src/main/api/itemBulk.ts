import type { Workshop } from '../jobs/workshop.ts'
import { applyBulk, lastBatch, previewBulk, undoBatch } from '../store/itemBulk.ts'
import { deleteForEver, previewDeletion } from '../store/trash.ts'
import { os } from './implement.ts'

export function itemBulkHandlers({ project, itemEdits }: Workshop) {
  /** Tells every window, also of what was done before a failure. */
  const told = async <T>(work: Promise<T>): Promise<T> => work.finally(() => { itemEdits.publish({ itemId: null }) })
  return os.itemBulk.router({
    preview: os.itemBulk.preview.handler(({ input: { selection, action } }) => previewBulk(project, selection, action)),
    apply: os.itemBulk.apply.handler(({ input: { selection, action, author }, signal }) => told(applyBulk(project, selection, action, author, signal))),
    last: os.itemBulk.last.handler(() => lastBatch(project)),
    undo: os.itemBulk.undo.handler(({ input: { id, author }, signal }) => told(undoBatch(project, id, author, signal))),
    previewDeletion: os.itemBulk.previewDeletion.handler(({ input: { selection } }) => previewDeletion(project, selection)),
    deleteForEver: os.itemBulk.deleteForEver.handler(({ input: { selection }, signal }) => told(deleteForEver(project, selection, signal)))
  })
}
