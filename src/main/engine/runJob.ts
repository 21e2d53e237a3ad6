import { evaluateJob } from './evaluateJob.ts'
import type { EngineEvent, EngineJob } from './protocol.ts'
import { rolloutJob } from './rolloutJob.ts'
import { trainJob } from './trainJob.ts'

/** What a job is given besides its request. */
export interface JobChannel {
  emit(event: EngineEvent): void
  stopRequested(): boolean
}

/** How a job ends; failures are thrown. */
export type JobEnding = Extract<EngineEvent, { kind: 'finished' | 'stopped' }>

/** Runs one job to its end. @throws SightlineError for failures a person can act on. */
export async function runJob(job: EngineJob, channel: JobChannel): Promise<JobEnding> {
  switch (job.kind) {
    case 'rollout': return await rolloutJob(job, channel)
    case 'evaluate': return await evaluateJob(job, channel)
    case 'train': return await trainJob(job, channel)
  }
}
