import { defineStore } from 'pinia'
import { computed, shallowRef } from 'vue'
import type { JobId } from '#shared/domain/ids.ts'
import type { Job } from '#shared/domain/job.ts'
import { api } from '../client/client.ts'
import { followAllJobs } from '../client/streams.ts'

const ACTIVE: ReadonlySet<Job['status']> = new Set(['queued', 'running', 'pausing', 'paused', 'stopping'])

export function isActive(job: Job): boolean {
  return ACTIVE.has(job.status)
}

/** Every job of the project, newest first, kept up to date by one stream. */
export const useJobs = defineStore('jobs', () => {
  const jobs = shallowRef<readonly Job[]>([])
  /** Counts jobs that came to an end: pages re-read their lists when it changes. */
  const ended = shallowRef(0)
  let known = false
  /** The one that ended last while somebody looked. */
  const lastEnded = shallowRef<Job | null>(null)
  const active = computed(() => jobs.value.filter(isActive))
  const current = computed(() => active.value.find((job) => job.status !== 'queued') ?? active.value[0] ?? null)

  /** After a lost connection jobs may have come to an end unheard. */
  async function refresh(): Promise<void> {
    jobs.value = await api.jobs.list({})
    if (known) ended.value++
    known = true
  }

  function take(job: Job): void {
    const before = jobs.value.find(({ id }) => id === job.id)
    jobs.value = before === undefined ? [job, ...jobs.value] : jobs.value.map((known) => known.id === job.id ? job : known)
    if (isActive(job) || (before !== undefined && !isActive(before))) return
    lastEnded.value = job
    ended.value++
  }

  async function follow(signal: AbortSignal): Promise<void> {
    await followAllJobs(take, () => { void refresh() }, signal)
  }

  async function cancel(jobId: JobId): Promise<void> {
    await api.jobs.cancel({ jobId })
  }

  function byId(jobId: JobId): Job | undefined {
    return jobs.value.find(({ id }) => id === jobId)
  }

  return { jobs, active, current, ended, lastEnded, refresh, follow, cancel, byId }
})
