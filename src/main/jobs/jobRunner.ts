import { diskFullOf } from '#shared/domain/diskFull.ts'
import { describeError, SightlineError, type ErrorRecord } from '#shared/domain/errors.ts'
import type { JobId, RunId } from '#shared/domain/ids.ts'
import type { Job, JobEvent, JobEventBody, JobKind, JobStatus } from '#shared/domain/job.ts'
import { Hold } from '#shared/domain/hold.ts'
import { isOver, type JobLog, type Summary } from './jobLog.ts'
import { ProgressThrottle } from './progressThrottle.ts'

/** Jobs of one lane run one after the other: `engine` has the processor to itself, `data` writes items beside it, `bulk` changes many of them while somebody waits. */
export type Lane = 'engine' | 'data' | 'bulk'

/** Everything a job may tell while it runs; its endings are the runner's to tell. */
export type JobReport = Exclude<JobEventBody, { kind: 'finished' | 'stopped' | 'failed' }>

export interface JobContext {
  jobId: JobId
  /** Asked to end soon, keeping what is done. */
  stop: AbortSignal
  /** Asked to end at once. */
  kill: AbortSignal
  /** Asked to wait between steps; left out by those who run a job's work without a queue. */
  hold?: Hold
  report(body: JobReport): void
}

export interface JobSpec {
  id: JobId
  kind: JobKind
  title: string
  lane: Lane
  runId: RunId | null
  /** Resolves to its summary, or to 'stopped' when it ended early because it was asked to. */
  work(context: JobContext): Promise<Summary | 'stopped'>
  /** Told once, before the job's last event, whichever way it ends (also when cancelled while queued). */
  onEnd?(status: JobStatus, error: ErrorRecord | null): void
}

interface Entry {
  spec: JobSpec
  stop: AbortController
  kill: AbortController
  hold: Hold
}

/** Queues jobs, runs them and stores how they end. */
export class JobRunner {
  readonly log: JobLog
  readonly #queue: Entry[] = []
  readonly #running = new Map<Lane, { entry: Entry; done: Promise<void> }>()
  #closing = false

  constructor(log: JobLog) {
    this.log = log
  }

  /** Queues a job; it starts at once when its lane is free. */
  submit(spec: JobSpec): Job {
    if (this.#closing) throw new SightlineError('conflict', 'The studio is closing; no new work starts', { where: spec.title })
    const job: Job = {
      id: spec.id, kind: spec.kind, title: spec.title, status: 'queued', progress: null, error: null, runId: spec.runId,
      createdAt: new Date().toISOString(), finishedAt: null
    }
    this.log.create(job)
    this.#queue.push({ spec, stop: new AbortController(), kill: new AbortController(), hold: new Hold() })
    this.#startNext(spec.lane)
    return job
  }

  /**
   * Asks a job to stop; the second time, kills it. A queued job ends right away, an ended one stays as it is.
   * @throws SightlineError `not_found`
   */
  cancel(jobId: JobId): void {
    if (isOver(this.log.get(jobId))) return
    const queued = this.#queue.findIndex((entry) => entry.spec.id === jobId)
    if (queued >= 0) {
      const [entry] = this.#queue.splice(queued, 1)
      if (entry) this.#conclude(entry.spec, 'stopped', null, { kind: 'stopped' })
      return
    }
    const running = this.#entryOf(jobId)
    if (!running) return
    if (running.stop.signal.aborted) return running.kill.abort()
    this.log.change(jobId, { status: 'stopping' })
    running.stop.abort()
  }

  /** Ends a job at once: its engine is killed. @throws SightlineError `not_found` */
  kill(jobId: JobId): void {
    if (isOver(this.log.get(jobId))) return
    this.cancel(jobId)
    this.#entryOf(jobId)?.kill.abort()
  }

  /**
   * Asks a running job to wait between its steps, or to go on.
   * @throws SightlineError `conflict` when it does not run
   */
  hold(jobId: JobId, wanted: boolean): void {
    const job = this.log.get(jobId)
    const entry = this.#entryOf(jobId)
    if (!entry || entry.stop.signal.aborted) throw new SightlineError('conflict', `This job is ${job.status}; only a running one can be paused or go on`, { where: jobId })
    this.log.change(jobId, { status: wanted ? 'pausing' : 'running' })
    entry.hold.set(wanted)
  }

  /** Whether a job of the lane runs. */
  isBusy(lane: Lane): boolean {
    return this.#running.has(lane)
  }

  watch(jobId: JobId, afterSeq: number, signal?: AbortSignal): AsyncGenerator<JobEvent> {
    return this.log.watch(jobId, afterSeq, signal)
  }

  watchAll(signal?: AbortSignal): AsyncGenerator<Job> {
    return this.log.watchAll(signal)
  }

  /** Resolves when nothing runs and nothing waits. */
  async idle(): Promise<void> {
    while (this.#running.size > 0) await Promise.all([...this.#running.values()].map(({ done }) => done))
  }

  /** Ends everything now: engines are killed, queued jobs marked stopped. Runs stay resumable. */
  async close(): Promise<void> {
    this.#closing = true
    for (const { spec } of this.#queue.splice(0)) this.#conclude(spec, 'stopped', null, { kind: 'stopped' })
    for (const { entry } of this.#running.values()) {
      entry.stop.abort()
      entry.kill.abort()
    }
    await this.idle()
    this.log.close()
  }

  #entryOf(jobId: JobId): Entry | undefined {
    return [...this.#running.values()].find(({ entry }) => entry.spec.id === jobId)?.entry
  }

  #startNext(lane: Lane): void {
    if (this.#running.has(lane)) return
    const index = this.#queue.findIndex((entry) => entry.spec.lane === lane)
    const [entry] = index < 0 ? [] : this.#queue.splice(index, 1)
    if (!entry) return
    const done = this.#run(entry).finally(() => {
      this.#running.delete(lane)
      this.#startNext(lane)
    })
    this.#running.set(lane, { entry, done })
  }

  async #run({ spec, stop, kill, hold }: Entry): Promise<void> {
    const throttle = new ProgressThrottle((progress) => {
      this.log.change(spec.id, { progress })
      this.log.append(spec.id, { kind: 'progress', progress })
    })
    const report = (body: JobReport): void => {
      if (body.kind === 'progress') return throttle.offer(body.progress)
      throttle.flush()
      if (body.kind === 'paused') this.log.change(spec.id, { status: 'paused' })
      this.log.append(spec.id, body)
    }
    this.log.change(spec.id, { status: 'running' })
    try {
      const result = await spec.work({ jobId: spec.id, stop: stop.signal, kill: kill.signal, hold, report })
      throttle.flush()
      if (result === 'stopped') this.#conclude(spec, 'stopped', null, { kind: 'stopped' })
      else this.#conclude(spec, 'finished', null, { kind: 'finished', summary: result })
    } catch (error) {
      throttle.flush()
      const record = toRecord(error)
      if (record.code === 'cancelled') this.#conclude(spec, 'stopped', null, { kind: 'stopped' })
      else this.#conclude(spec, 'failed', record, { kind: 'failed', error: record })
    }
  }

  #conclude(spec: JobSpec, status: JobStatus, error: ErrorRecord | null, last: JobEventBody): void {
    spec.onEnd?.(status, error)
    this.log.change(spec.id, { status, error, finishedAt: new Date().toISOString() })
    this.log.append(spec.id, last)
  }
}

/** A job's failure is stored whatever it is; a defect keeps its stack in `where`, so that the report names the place. */
function toRecord(error: unknown): ErrorRecord {
  if (error instanceof SightlineError) return error.toRecord()
  if (error instanceof Error && error.name === 'AbortError') return { code: 'cancelled', message: 'Cancelled' }
  const full = diskFullOf(error)
  if (full !== null) return full.toRecord()
  return {
    code: 'engine_died',
    message: describeError(error),
    where: (error instanceof Error ? (error.stack ?? '') : '').split('\n').slice(1, 4).map((line) => line.trim()).join(' < '),
    advice: 'This is a defect of the program; please report it with this text'
  }
}
