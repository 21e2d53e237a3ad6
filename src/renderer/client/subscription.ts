import { type ShallowRef, watch } from 'vue'

/** `refused`: the program answers but no longer knows this page (it was started anew). */
export type ConnectionState = 'connecting' | 'open' | 'lost' | 'refused'

/** Whether requests can reach the main process now; `epoch` counts how often the connection came up. */
export interface Connection { readonly state: ConnectionState; readonly epoch: number }

/** How long a broken stream may be heard of before its connection's own end is. */
const CLOSE_LAG_MS = 250

/**
 * Runs a subscription, and runs it again after each lost connection until it is over or aborted. An error or an end while
 * the connection stays up is not a lost connection: the error is the caller's, the end is the end.
 */
export async function keepSubscribed(
  connection: Readonly<ShallowRef<Connection>>, signal: AbortSignal, subscribe: () => Promise<'over' | 'again'>
): Promise<void> {
  while (!signal.aborted) {
    const { epoch } = connection.value
    let failure: { error: unknown } | null = null
    try {
      if (await subscribe() === 'over') return
    } catch (error) {
      failure = { error }
    }
    if (signal.aborted) return
    const cut = await untilChanged(connection, epoch, CLOSE_LAG_MS, signal, ({ state }) => state !== 'open')
    if (!cut && failure !== null) throw failure.error
    if (!cut && !signal.aborted) return
    await untilChanged(connection, epoch, null, signal, ({ state }) => state === 'open')
  }
}

/** Waits for a connection of another epoch or one that fits; false when the time ran out or it was aborted. */
function untilChanged(
  connection: Readonly<ShallowRef<Connection>>, epoch: number, patience: number | null, signal: AbortSignal, fits: (now: Connection) => boolean
): Promise<boolean> {
  const isThere = (): boolean => fits(connection.value) && (connection.value.epoch !== epoch || connection.value.state !== 'open')
  if (isThere() || connection.value.epoch !== epoch) return Promise.resolve(true)
  return new Promise((resolve) => {
    const end = (value: boolean): void => {
      stop()
      clearTimeout(timer)
      signal.removeEventListener('abort', giveUp)
      resolve(value)
    }
    const giveUp = (): void => { end(false) }
    const stop = watch(connection, () => { if (isThere() || connection.value.epoch !== epoch) end(true) }, { flush: 'sync' })
    const timer = patience === null ? undefined : setTimeout(giveUp, patience)
    signal.addEventListener('abort', giveUp)
  })
}
