import type { OpenedItem } from '#shared/contract/itemEdits.ts'
import type { ItemId } from '#shared/domain/ids.ts'
import { api } from '../../client/client.ts'
import { failureOf } from '../../client/failure.ts'
import { usePreferences } from '../../stores/preferences.ts'
import { useSaving } from '../../stores/saving.ts'
import { ItemSaver } from './itemSaver.ts'

/**
 * The drafts of items: what cannot be stored yet stays when another item is opened, and closing the window asks first.
 * @param tell called after every change of a draft; `stored` where the project holds another version now
 */
export function useItemDrafts(tell: (saver: ItemSaver, stored: boolean) => void): (id: ItemId, found: OpenedItem) => ItemSaver {
  const preferences = usePreferences()
  const saving = useSaving()
  const left = new Map<ItemId, ItemSaver>()
  window.addEventListener('beforeunload', (event) => { if (left.size > 0) event.preventDefault() })

  function show(id: ItemId, own: ItemSaver): void {
    if (own.dirty) left.set(id, own)
    else left.delete(id)
    saving.status = own.status !== 'waiting' ? own.status : own.blocked ? 'failed' : 'saving'
    saving.failure = own.error === null ? null : failureOf(own.error)
    saving.retry = own.status === 'failed' ? () => { void own.flush() } : null
  }

  return (id, found) => {
    let known = found.item.version
    const own: ItemSaver = left.get(id) ?? new ItemSaver(found, (baseVersion, fields) => api.itemEdits.edit({ id, author: preferences.reviewer, baseVersion, fields }), () => {
      show(id, own)
      tell(own, own.opened.item.version !== known)
      known = own.opened.item.version
    })
    own.take(found)
    return own
  }
}
