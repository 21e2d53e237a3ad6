import type { Workshop } from '../jobs/workshop.ts'
import { applyBulk, lastBatch, previewBulk, undoBatch } from '../store/itemBulk.ts'
import { deleteForEver, previewDeletion } from '../store/trash.ts'
import { os } from './implement.ts'

export function itemBulkHandlers({ project }: Workshop) {
  return os.itemBulk.router({
    preview: os.itemBulk.preview.handler(({ input: { selection, action } }) => previewBulk(project, selection, action)),
    apply: os.itemBulk.apply.handler(({ input: { selection, action, author }, signal }) => applyBulk(project, selection, action, author, signal)),
    last: os.itemBulk.last.handler(() => lastBatch(project)),
    undo: os.itemBulk.undo.handler(({ input: { id, author }, signal }) => undoBatch(project, id, author, signal)),
    previewDeletion: os.itemBulk.previewDeletion.handler(({ input: { selection } }) => previewDeletion(project, selection)),
    deleteForEver: os.itemBulk.deleteForEver.handler(({ input: { selection }, signal }) => deleteForEver(project, selection, signal))
  })
}
