import { SightlineError } from '#shared/domain/errors.ts'
import type { JobId } from '#shared/domain/ids.ts'
import type { Job, JobEvent, JobEventBody } from '#shared/domain/job.ts'
import { appendJobEvent, getJob, insertJob, jobEventsSince, updateJob } from '../store/jobs.ts'
import type { ProjectWriter } from '../store/project.ts'
import { Feed } from './feed.ts'

const STORED_AT_ONCE = 500

export type Summary = Extract<JobEventBody, { kind: 'finished' }>['summary']

/**
 * The one place where jobs and their events are written and told. Storing comes first: whoever sees an event can find it
 * again after a crash, and a viewer that lost its connection comes back with the last `seq` it saw.
 */
export class JobLog {
  readonly #project: ProjectWriter
  readonly #jobs = new Feed<Job>()
  readonly #events = new Map<JobId, Feed<JobEvent>>()

  constructor(project: ProjectWriter) {
    this.#project = project
  }

  /** @throws SightlineError `not_found` */
  get(jobId: JobId): Job {
    const job = getJob(this.#project, jobId)
    if (job === null) throw new SightlineError('not_found', 'There is no such job in this project', { where: jobId })
    return job
  }

  create(job: Job): void {
    insertJob(this.#project, job)
    this.#jobs.publish(job)
  }

  change(jobId: JobId, change: Partial<Omit<Job, 'id'>>): Job {
    updateJob(this.#project, jobId, change)
    const job = this.get(jobId)
    this.#jobs.publish(job)
    return job
  }

  append(jobId: JobId, body: JobEventBody): JobEvent {
    const event = appendJobEvent(this.#project, jobId, body)
    this.#events.get(jobId)?.publish(event)
    return event
  }

  /**
   * Stored events with seq > afterSeq, then live ones, each exactly once, until the job's last. `brief` leaves paths, numbers,
   * progress and tallies out of the stored ones.
   * @throws SightlineError `not_found`
   */
  async *watch(jobId: JobId, afterSeq: number, signal?: AbortSignal, brief = false): AsyncGenerator<JobEvent> {
    this.get(jobId)
    const feed = this.#feed(jobId)
    const live = feed.subscribe(signal)
    try {
      // Listening began above, before the first read: an event is in the store, in the queue, or in both.
      let last = afterSeq
      for (let stored = this.#stored(jobId, last, brief); stored.length > 0; stored = this.#stored(jobId, last, brief)) {
        for (const event of stored) {
          if (signal?.aborted) return
          last = event.seq
          yield event
          if (isLast(event.body)) return
        }
      }
      if (isOver(this.get(jobId))) return
      for await (const event of live) {
        if (event.seq <= last) continue
        last = event.seq
        yield event
        if (isLast(event.body)) return
      }
    } finally {
      live.close()
      if (feed.listeners === 0) this.#events.delete(jobId)
    }
  }

  async *watchAll(signal?: AbortSignal): AsyncGenerator<Job> {
    const live = this.#jobs.subscribe(signal)
    try {
      yield* live
    } finally {
      live.close()
    }
  }

  /** Ends every stream; the studio is closing. */
  close(): void {
    this.#jobs.close()
    for (const feed of this.#events.values()) feed.close()
  }

  #stored(jobId: JobId, afterSeq: number, brief: boolean): JobEvent[] {
    return jobEventsSince(this.#project, jobId, afterSeq, STORED_AT_ONCE, brief)
  }

  #feed(jobId: JobId): Feed<JobEvent> {
    const found = this.#events.get(jobId) ?? new Feed<JobEvent>()
    this.#events.set(jobId, found)
    return found
  }
}

export function isOver(job: Pick<Job, 'status'>): boolean {
  return job.status === 'finished' || job.status === 'stopped' || job.status === 'failed'
}

function isLast(body: JobEventBody): boolean {
  return body.kind === 'finished' || body.kind === 'stopped' || body.kind === 'failed'
}
