import { basename } from 'node:path'
import { type CheckpointId, JobId, newId } from '#shared/domain/ids.ts'
import { jobTitle } from '#shared/domain/jobTitle.ts'
import { runEngineJob } from './engineJob.ts'
import type { Workshop } from './workshop.ts'

/** Queues the import of a Hugging Face folder (absolute path) as a base model of the project, in 4 bits where `quantize`. */
export function startModelImport(workshop: Workshop, source: string, { name, quantize }: { name: string | null; quantize: boolean }): { jobId: JobId } {
  const jobId = newId(JobId)
  const shown = name ?? basename(source)
  workshop.runner.submit({
    id: jobId, kind: 'import', title: jobTitle('importModel', { name: shown }), lane: 'data', runId: null,
    work: async (context) => {
      const { outcome, checkpoint } = await runEngineJob(workshop, context, {
        kind: 'importModel', projectFolder: workshop.project.folder, source, name: shown, folderName: folderName(shown), quantize, threads: workshop.threads
      })
      if (outcome.kind === 'stopped') return 'stopped'
      return { ...outcome.summary, checkpoint: (checkpoint?.id ?? '') satisfies CheckpointId | '' }
    }
  })
  return { jobId }
}

/** A name as part of a path on every system. */
function folderName(name: string): string {
  return name.replace(/[^\w.-]+/gu, '-').replace(/^[.-]+|[.-]+$/gu, '').slice(0, 60) || 'model'
}
