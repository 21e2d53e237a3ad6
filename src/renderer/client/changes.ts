import type { ManyJudged, PathChange } from '#shared/contract/editing.ts'
import type { ItemId } from '#shared/domain/ids.ts'
import { api } from './client.ts'
import { connection } from './link.ts'
import { keepSubscribed } from './subscription.ts'

/** Tells of every version that is stored or chosen in any window, and of words on many paths, until aborted; null after a lost connection: something may have been missed. */
export async function followPathChanges(onChange: (change: PathChange | ManyJudged | null) => void, signal: AbortSignal): Promise<void> {
  await follow(() => api.editing.watch(undefined, { signal }), onChange, signal)
}

/** The same of items; also null where many were changed at once. */
export async function followItemChanges(onChange: (itemId: ItemId | null) => void, signal: AbortSignal): Promise<void> {
  await follow(() => api.itemEdits.watch(undefined, { signal }), (change) => { onChange(change?.itemId ?? null) }, signal)
}

async function follow<T>(watch: () => Promise<AsyncIterable<T>>, onChange: (change: T | null) => void, signal: AbortSignal): Promise<void> {
  let first = true
  await keepSubscribed(connection, signal, async () => {
    if (!first) onChange(null)
    first = false
    for await (const change of await watch()) onChange(change)
    return 'again'
  })
}
