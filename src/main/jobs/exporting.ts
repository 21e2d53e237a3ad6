import { SightlineError } from '#shared/domain/errors.ts'
import { type ItemId, JobId, newId } from '#shared/domain/ids.ts'
import { jobTitle } from '#shared/domain/jobTitle.ts'
import { exportVilasr } from '../curate/exporters/vilasr.ts'
import type { JobContext } from './jobRunner.ts'
import type { Summary } from './jobLog.ts'
import type { Workshop } from './workshop.ts'

/**
 * Queues the writing of questions with their pictures to `folder` (absolute path).
 * @throws SightlineError `bad_input` where there is nothing to write
 */
export function startExport(workshop: Workshop, folder: string, itemIds: readonly ItemId[]): { jobId: JobId } {
  if (itemIds.length === 0) throw new SightlineError('bad_input', 'There is no question to export', { advice: 'Choose another split, task or filter' })
  const jobId = newId(JobId)
  workshop.runner.submit({
    id: jobId, kind: 'export', title: jobTitle('export', { items: itemIds.length }), lane: 'data', runId: null,
    work: (context) => runExport(workshop, context, folder, itemIds)
  })
  return { jobId }
}

async function runExport({ project }: Workshop, context: JobContext, folder: string, itemIds: readonly ItemId[]): Promise<Summary> {
  const started = performance.now()
  const { items, pictures, lost } = await exportVilasr(project, folder, itemIds, {
    signal: context.stop,
    onProgress: (done, total) => {
      const rate = done / ((performance.now() - started) / 1000)
      context.report({ kind: 'progress', progress: { phase: 'export', done, total, unit: 'questions', rate, secondsLeft: rate > 0 ? (total - done) / rate : null } })
    }
  })
  for (const part of lost) context.report({ kind: 'log', level: 'info', text: `Not in these records: ${part}` })
  return { items, pictures, folder }
}
