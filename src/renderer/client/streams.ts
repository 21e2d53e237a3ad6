import type { JobId } from '#shared/domain/ids.ts'
import type { Job, JobEvent } from '#shared/domain/job.ts'
import { watch } from 'vue'
import { api } from './client.ts'
import { connection } from './link.ts'

/** Ends of a job; after one of them its stream is over. */
export function isEnding(kind: JobEvent['body']['kind']): boolean {
  return kind === 'finished' || kind === 'stopped' || kind === 'failed'
}

/**
 * Follows one job from its first event (or after `afterSeq`) to its end, over any number of reconnects: each new
 * connection asks for what came after the last event seen, so none is missed and none comes twice.
 */
export async function followJob(
  jobId: JobId, onEvent: (event: JobEvent) => void, signal: AbortSignal, afterSeq = -1
): Promise<void> {
  let last = afterSeq
  await keepSubscribed(signal, async () => {
    for await (const event of await api.jobs.watch({ jobId, afterSeq: last }, { signal })) {
      if (event.seq <= last) continue
      last = event.seq
      onEvent(event)
      if (isEnding(event.body.kind)) return 'over'
    }
    return 'again'
  })
}

/** Follows every job's status until aborted; after a reconnect `onReconnect` re-reads what was missed. */
export async function followAllJobs(onJob: (job: Job) => void, onReconnect: () => void, signal: AbortSignal): Promise<void> {
  let first = true
  await keepSubscribed(signal, async () => {
    if (!first) onReconnect()
    first = false
    for await (const job of await api.jobs.watchAll(undefined, { signal })) onJob(job)
    return 'again'
  })
}

/** Runs a subscription again after each lost connection; an error while connected is the caller's. */
async function keepSubscribed(signal: AbortSignal, subscribe: () => Promise<'over' | 'again'>): Promise<void> {
  while (!signal.aborted) {
    const { epoch } = connection.value
    try {
      if (await subscribe() === 'over') return
    } catch (error) {
      if (signal.aborted) return
      if (connection.value.state === 'open' && connection.value.epoch === epoch && window.studio === undefined) await settled()
      if (connection.value.state === 'open' && connection.value.epoch === epoch) throw error
    }
    if (signal.aborted) return
    await connectedAfter(epoch, signal)
  }
}

/** A stream's failure may be heard before the socket's own close event: let the pending events run first. */
function settled(): Promise<void> {
  return new Promise((resolve) => { setTimeout(resolve, 100) })
}

function connectedAfter(epoch: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const stop = watch(connection, (now) => {
      if (now.state !== 'open' || now.epoch === epoch) return
      stop()
      resolve()
    }, { flush: 'sync' })
    if (connection.value.state === 'open' && connection.value.epoch !== epoch) {
      stop()
      resolve()
    }
    signal.addEventListener('abort', () => { stop(); resolve() }, { once: true })
  })
}
