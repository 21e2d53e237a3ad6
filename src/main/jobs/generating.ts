import type { GenerateRequest } from '#shared/contract/items.ts'
import { JobId, newId } from '#shared/domain/ids.ts'
import { jobTitle } from '#shared/domain/jobTitle.ts'
import type { JobContext } from './jobRunner.ts'
import type { Summary } from './jobLog.ts'
import { ratedProgress } from './ratedProgress.ts'
import type { Workshop } from './workshop.ts'

/** Queues a generator; asked again with the same seed it goes on after the last item it left. */
export function startGenerating(workshop: Workshop, request: GenerateRequest): { jobId: JobId } {
  const jobId = newId(JobId)
  workshop.runner.submit({
    id: jobId, kind: 'generate', title: jobTitle('generate', { count: request.count, generator: request.generator }), lane: 'data', runId: null,
    work: (context) => runGenerating(workshop, context, request)
  })
  return { jobId }
}

/** Generates inside a job. */
export async function runGenerating(workshop: Workshop, context: JobContext, request: GenerateRequest): Promise<Summary> {
  // Loaded when first needed: the studio opens without it.
  const { generateItems } = await import('../curate/generate.ts')
  const onProgress = ratedProgress(context, 'generate', 'items')
  const result = await generateItems(workshop.project, { ...request, signal: context.stop, onProgress })
  workshop.similar.wake()
  return { items: result.items, paths: result.paths }
}
