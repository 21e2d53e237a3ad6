import type { OpenedItem } from '#shared/contract/itemEdits.ts'
import type { ItemId } from '#shared/domain/ids.ts'
import { MediaFiles } from '../curate/importers/mediaFiles.ts'
import type { Workshop } from '../jobs/workshop.ts'
import { getItem, itemRow, listTags } from '../store/items.ts'
import { countPathsOf, outdatedPaths, pathsDrawingOn } from '../store/itemPaths.ts'
import { editItem, listChanges, restoreItem } from '../store/itemVersions.ts'
import { mediaKey } from '../store/media.ts'
import { addItem } from '../store/newItem.ts'
import type { ProjectReader } from '../store/project.ts'
import { splitsOver } from '../store/splits.ts'
import { versionsHolding } from '../store/trash.ts'
import { os } from './implement.ts'
import { projectFile } from './projectFile.ts'
import { rescoreItem } from './rescore.ts'

export function itemEditHandlers({ project, itemEdits }: Workshop) {
  return os.itemEdits.router({
    open: os.itemEdits.open.handler(({ input: { id } }) => openItem(project, id)),
    edit: os.itemEdits.edit.handler(({ input: { id, fields, ...by } }) => {
      const outcome = editItem(project, id, definedOf(fields), by)
      if (outcome.conflicts.length === 0) itemEdits.publish({ itemId: id })
      return { ...outcome, opened: openItem(project, id) }
    }),
    create: os.itemEdits.create.handler(({ input: { fields } }) => {
      const id = addItem(project, fields)
      itemEdits.publish({ itemId: null })
      return { id }
    }),
    restore: os.itemEdits.restore.handler(({ input: { id, version, kind, ...by } }) => {
      restoreItem(project, id, version, kind, by)
      itemEdits.publish({ itemId: id })
      return openItem(project, id)
    }),
    watch: os.itemEdits.watch.handler(async function* ({ signal }) {
      yield* itemEdits.subscribe(signal)
    }),
    addPictures: os.itemEdits.addPictures.handler(async ({ input: { folder, files } }) => {
      const images = await new MediaFiles(project, await projectFile(project.folder, folder)).load(files)
      project.transaction(() => { for (const image of images) mediaKey(project, image) })
      return images
    }),
    tags: os.itemEdits.tags.handler(() => listTags(project)),
    rescore: os.itemEdits.rescore.handler(({ input: { id } }) => {
      const counts = rescoreItem(project, id)
      itemEdits.publish({ itemId: id })
      return { ...counts, opened: openItem(project, id) }
    })
  })
}

function openItem(project: ProjectReader, id: ItemId): OpenedItem {
  const { key, version, trashed } = itemRow(project, id)
  const item = getItem(project, id)
  const outdated = outdatedPaths(project, id)
  return {
    item: { ...item, version }, trashed: trashed === 1, changes: listChanges(project, id),
    paths: { all: countPathsOf(project, id), outdated: outdated.length, rescorable: outdated.filter(({ bound }) => !bound).length },
    drawnOn: pathsDrawingOn(project, id, item.images.length),
    sharing: splitsOver(project, item.images.map(({ blob }) => blob), key).filter(({ split }) => split !== item.split),
    frozenIn: versionsHolding(project, key)
  }
}

/** Fields that were given; one that is there but undefined is as good as left out. */
function definedOf<T extends object>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as { [K in keyof T]?: Exclude<T[K], undefined> }
}
