import type { PathChange } from '#shared/contract/editing.ts'
import { api } from './client.ts'
import { connection } from './link.ts'
import { keepSubscribed } from './subscription.ts'

/** Tells of every version that is stored or chosen in any window until aborted; null after a lost connection: something may have been missed. */
export async function followPathChanges(onChange: (change: PathChange | null) => void, signal: AbortSignal): Promise<void> {
  let first = true
  await keepSubscribed(connection, signal, async () => {
    if (!first) onChange(null)
    first = false
    for await (const change of await api.editing.watch(undefined, { signal })) onChange(change)
    return 'again'
  })
}
