import type { JobId } from '#shared/domain/ids.ts'
import type { ErrorRecord } from '#shared/domain/errors.ts'
import type { JobKind } from '#shared/domain/job.ts'
import { listUnfinishedJobs } from '../store/jobs.ts'
import type { ProjectWriter } from '../store/project.ts'
import { listRuns, updateRun } from '../store/runs.ts'
import type { JobLog } from './jobLog.ts'

const DIED = { code: 'engine_died', message: 'The program ended while this job was running' } as const

function died(kind: JobKind): ErrorRecord {
  return { ...DIED, advice: kind === 'bulk' ? 'What it had changed is kept and can be taken back as a whole, or do it again for the rest'
    : 'What it had finished is kept; a training run can be resumed from its last checkpoint' }
}

/** At start-up: whatever a killed program left "running" is closed, and its runs become resumable. @returns ids of those jobs */
export function recoverJobs(project: ProjectWriter, log: JobLog): JobId[] {
  const abandoned = listUnfinishedJobs(project)
  const finishedAt = new Date().toISOString()
  for (const job of abandoned) {
    const error = died(job.kind)
    log.change(job.id, { status: 'failed', error, finishedAt })
    log.append(job.id, { kind: 'failed', error })
  }
  for (const run of listRuns(project)) {
    if (run.status === 'finished' || run.status === 'stopped' || run.status === 'failed') continue
    updateRun(project, run.id, { status: 'stopped', error: DIED.message, finishedAt })
  }
  return abandoned.map((job) => job.id)
}
