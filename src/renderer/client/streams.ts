import type { JobId } from '#shared/domain/ids.ts'
import type { Job, JobEvent } from '#shared/domain/job.ts'
import { api } from './client.ts'
import { connection } from './link.ts'
import { keepSubscribed } from './subscription.ts'

/** Ends of a job; after one of them its stream is over. */
export function isEnding(kind: JobEvent['body']['kind']): kind is 'finished' | 'stopped' | 'failed' {
  return kind === 'finished' || kind === 'stopped' || kind === 'failed'
}

/**
 * Follows one job from its first event (or after `afterSeq`) to its end, over any number of reconnects: each new
 * connection asks for what came after the last event seen, so none comes twice. Of what was told before, paths, numbers, progress
 * and tallies are left out: a run of ten thousand steps opens as fast as a short one.
 */
export async function followJob(
  jobId: JobId, onEvent: (event: JobEvent) => void, signal: AbortSignal, afterSeq = -1
): Promise<void> {
  let last = afterSeq
  await keepSubscribed(connection, signal, async () => {
    for await (const event of await api.jobs.watch({ jobId, afterSeq: last, brief: true }, { signal })) {
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
  await keepSubscribed(connection, signal, async () => {
    if (!first) onReconnect()
    first = false
    for await (const job of await api.jobs.watchAll(undefined, { signal })) onJob(job)
    return 'again'
  })
}
