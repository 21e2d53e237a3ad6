import { join } from 'node:path'
import { JobId, newId } from '#shared/domain/ids.ts'
import type { ImportReport } from '../curate/importers/vilasr.ts'
import type { JobContext } from './jobRunner.ts'
import type { Summary } from './jobLog.ts'
import { ratedProgress } from './ratedProgress.ts'
import type { Workshop } from './workshop.ts'

/** Refused records told one by one in the log; beyond this many only their number is told. */
const TOLD_REFUSALS = 1000

/** Queues the import of a record file (absolute path), with its pictures beside it. */
export function startImport(workshop: Workshop, file: string, title: string): { jobId: JobId } {
  const jobId = newId(JobId)
  workshop.runner.submit({
    id: jobId, kind: 'import', title, lane: 'data', runId: null,
    work: (context) => runImport(workshop, context, file)
  })
  return { jobId }
}

/** The real photographs, video and questions that ship with the program. */
export function sampleFile(workshop: Workshop): string {
  return join(workshop.resources, 'demo', 'real', 'qa.jsonl')
}

/** Imports inside a job: good records in, each bad one told with its line and reason. */
export async function runImport(workshop: Workshop, context: JobContext, file: string): Promise<Summary> {
  // Loaded when first needed (it brings the video decoder): the studio opens without it.
  const { importFile } = await import('../curate/importers/vilasr.ts')
  const report = await importFile(workshop.project, file, { signal: context.stop, onProgress: ratedProgress(context, 'import', 'records') })
  workshop.similar.wake()
  return tell(context, report)
}

function tell(context: JobContext, report: ImportReport): Summary {
  for (const { line, reason } of report.refused.slice(0, TOLD_REFUSALS)) {
    context.report({ kind: 'log', level: 'warning', text: `Line ${line}: ${reason}` })
  }
  return { imported: report.imported, duplicates: report.duplicates, refused: report.refused.length }
}
