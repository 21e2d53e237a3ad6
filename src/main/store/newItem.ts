import { SightlineError } from '#shared/domain/errors.ts'
import { type ItemFields, itemIssues } from '#shared/domain/itemFields.ts'
import { ItemId, newId } from '#shared/domain/ids.ts'
import { sqlite } from './connection.ts'
import { insertItems, itemRow } from './items.ts'
import { knownImage } from './media.ts'
import type { ProjectReader, ProjectWriter } from './project.ts'

/**
 * Inserts a question that a person wrote over pictures the project has, on disk when this returns. Throws `bad_input` for an
 * incomplete one, `not_found` for an unknown picture, `conflict` for a question that is there already.
 */
export function addItem(project: ProjectWriter, fields: ItemFields, now: Date = new Date()): ItemId {
  const issues = itemIssues(fields)
  if (issues.length > 0) throw new SightlineError('bad_input', 'the question is not complete', { where: issues.map(({ field, code }) => `${field}: ${code}`).join(', ') })
  return project.transaction(() => {
    const images = fields.images.map((image) => knownImage(project, image))
    const origin = images[0]?.origin
    const file = origin?.kind === 'frame' ? origin.video : origin?.kind === 'file' ? origin.name : 'pictures'
    const id = newId(ItemId)
    const { duplicates } = insertItems(project, [{ ...fields, id, images, truth: [], origin: { kind: 'import', file, line: nextLine(project, file) }, createdAt: now.toISOString() }])
    const twin = duplicates[0]?.existing
    if (twin === undefined) return id
    throw new SightlineError('conflict', 'the project has this question over the same pictures already', {
      where: twin, advice: itemRow(project, twin).trashed === 1 ? 'it is in the trash: restore it there' : 'search for it in the list'
    })
  }, { durable: true })
}

/** A question written by hand comes from its first picture; its place among that file's questions keeps their order the same in every copy of the project. */
function nextLine(project: ProjectReader, file: string): number {
  const last = sqlite.selectFrom('items').select((eb) => eb.fn.max('origin_index').as('line')).where('origin_kind', '=', 'import').where('origin_name', '=', file)
  return (project.first(last)?.line ?? 0) + 1
}
