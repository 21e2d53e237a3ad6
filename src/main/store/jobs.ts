import { type Selectable, sql, type Updateable } from 'kysely'
import type { JobId } from '#shared/domain/ids.ts'
import { Job, JobEvent, type JobEventBody } from '#shared/domain/job.ts'
import { sqlite } from './connection.ts'
import { decode, json, required } from './decode.ts'
import type { ProjectReader, ProjectWriter } from './project.ts'
import type { Tables } from './schema.ts'

/** Migration 5's index holds only these; SQLite must be told to use it, and that it is whole for this condition. */
const TELLING = sql<boolean>`json_extract(body, '$.kind') NOT IN ('trajectory', 'metrics', 'progress', 'tally')`
const EVENTS = sql<Tables['job_events']>`job_events`.as<'events'>(sql`events`)
const TELLING_EVENTS = sql<Tables['job_events']>`job_events`.as<'events'>(sql`events INDEXED BY job_events_telling`)

export type JobChange = Partial<Omit<Job, 'id' | 'kind' | 'createdAt'>>

export function insertJob(project: ProjectWriter, job: Job): void {
  project.insert('jobs', {
    id: job.id, kind: job.kind, title: job.title, status: job.status, progress: text(job.progress), error: text(job.error),
    run_id: job.runId, created_at: job.createdAt, finished_at: job.finishedAt
  })
}

/** Changes the fields given; the others stay. Throws `not_found`. */
export function updateJob(project: ProjectWriter, id: JobId, change: JobChange): void {
  const row: Updateable<Tables['jobs']> = {
    ...(change.title === undefined ? {} : { title: change.title }),
    ...(change.status === undefined ? {} : { status: change.status }),
    ...(change.progress === undefined ? {} : { progress: text(change.progress) }),
    ...(change.error === undefined ? {} : { error: text(change.error) }),
    ...(change.runId === undefined ? {} : { run_id: change.runId }),
    ...(change.finishedAt === undefined ? {} : { finished_at: change.finishedAt })
  }
  if (Object.keys(row).length === 0) return
  const changed = project.run(sqlite.updateTable('jobs').set(row).where('id', '=', id))
  required(changed || undefined, 'job', id)
}

export function getJob(project: ProjectReader, id: JobId): Job | null {
  const row = project.first(sqlite.selectFrom('jobs').selectAll().where('id', '=', id))
  return row === undefined ? null : jobOf(row)
}

/** Jobs, newest first. */
export function listJobs(project: ProjectReader, options: { limit?: number } = {}): Job[] {
  return project.all(sqlite.selectFrom('jobs').selectAll().orderBy('key', 'desc').limit(options.limit ?? 50)).map(jobOf)
}

/** Jobs that had not ended, oldest first: what a program that was killed left behind. */
export function listUnfinishedJobs(project: ProjectReader): Job[] {
  return project.all(sqlite.selectFrom('jobs').selectAll().where('status', 'in', ['queued', 'running', 'pausing', 'paused', 'stopping']).orderBy('key')).map(jobOf)
}

/** Stores what a job tells under its next number (from 0) and gives the stored event. Throws `not_found` for an unknown job. */
export function appendJobEvent(project: ProjectWriter, jobId: JobId, body: JobEventBody, now: Date = new Date()): JobEvent {
  return project.transaction(() => {
    const last = project.first(sqlite.selectFrom('job_events').select((eb) => eb.fn.max('seq').as('seq')).where('job_id', '=', jobId))?.seq ?? -1
    const event = { jobId, seq: last + 1, at: now.toISOString(), body }
    project.insert('job_events', { job_id: jobId, seq: event.seq, at: event.at, body: JSON.stringify(body) })
    return event
  })
}

/** Stored events with seq > afterSeq, in order; at most `limit`. `brief`: without paths, numbers, progress and tallies. */
export function jobEventsSince(project: ProjectReader, jobId: JobId, afterSeq: number, limit = 100_000, brief = false): JobEvent[] {
  const query = sqlite.selectFrom(brief ? TELLING_EVENTS : EVENTS).selectAll().where('job_id', '=', jobId).where('seq', '>', afterSeq)
    .$if(brief, (telling) => telling.where(TELLING)).orderBy('seq').limit(limit)
  return project.all(query).map(({ seq, at, body }) => decode(JobEvent, { jobId, seq, at, body: json(body) }, `event ${seq} of job ${jobId}`))
}

function jobOf(row: Selectable<Tables['jobs']>): Job {
  const { id, kind, title, status } = row
  return decode(Job, {
    id, kind, title, status, progress: json(row.progress), error: json(row.error), runId: row.run_id, createdAt: row.created_at, finishedAt: row.finished_at
  }, `job ${id}`)
}

function text(value: object | null): string | null {
  return value === null ? null : JSON.stringify(value)
}
