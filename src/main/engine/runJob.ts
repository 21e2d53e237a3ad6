import { takeDeviceLock } from './deviceLock.ts'
import { evaluateJob } from './evaluateJob.ts'
import { importModelJob } from './importModelJob.ts'
import type { JobChannel, JobEnding } from './jobChannel.ts'
import type { EngineJob } from './protocol.ts'
import { preflightJob } from './preflight/preflightJob.ts'
import { rolloutJob } from './rolloutJob.ts'
import { trainJob } from './trainJob.ts'

/** Runs one job to its end. Throws SightlineError for failures a person can act on. */
export async function runJob(job: EngineJob, channel: JobChannel): Promise<JobEnding> {
  if ('device' in job && job.device === 'webgpu') {
    try {
      // Held to the end of the process.
      await takeDeviceLock(channel.stop, () => {
        channel.emit({ kind: 'log', level: 'info', text: 'another engine has the graphics device; waiting for its end' })
      })
    } catch (error) {
      if (channel.stop.aborted) return { kind: 'stopped' }
      throw error
    }
  }
  switch (job.kind) {
    case 'rollout': return await rolloutJob(job, channel)
    case 'evaluate': return await evaluateJob(job, channel)
    case 'train': return await trainJob(job, channel)
    case 'preflight': return await preflightJob(job, channel)
    case 'importModel': return await importModelJob(job, channel)
  }
}
