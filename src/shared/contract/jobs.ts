import { eventIterator } from '@orpc/contract'
import { z } from 'zod'
import { JobId } from '../domain/ids.ts'
import { Job, JobEvent } from '../domain/job.ts'
import { procedure } from './base.ts'

export const jobsContract = {
  list: procedure.input(z.object({ limit: z.int().positive().max(500).default(50) })).output(z.array(Job)),
  get: procedure.input(z.object({ jobId: JobId })).output(Job),
  cancel: procedure.input(z.object({ jobId: JobId })).output(z.object({})),
  /**
   * Stored events with seq > afterSeq, then live ones until the job ends; call again with the last seq after a reconnect.
   * `brief` leaves out of the stored ones what comes by the thousand and is kept elsewhere: paths, numbers, progress, tallies.
   */
  watch: procedure.input(z.object({ jobId: JobId, afterSeq: z.int().default(-1), brief: z.boolean().default(false) })).output(eventIterator(JobEvent)),
  /** Any change of any job's status or progress, for the status bar. */
  watchAll: procedure.output(eventIterator(Job))
}
