import { join } from 'node:path'
import type { EvaluateRequest } from '#shared/contract/training.ts'
import { SightlineError } from '#shared/domain/errors.ts'
import { EvaluationId, JobId, newId } from '#shared/domain/ids.ts'
import { jobTitle } from '#shared/domain/jobTitle.ts'
import { defaultSampling, pixelLimits } from '#shared/domain/samplingLimits.ts'
import { getCheckpoint } from '../store/checkpoints.ts'
import { chooseDevice } from './deviceChoice.ts'
import { type EngineResult, runEngineJob } from './engineJob.ts'
import type { DatasetMembers } from '../store/datasetVersions.ts'
import { freezeData } from './frozenData.ts'
import type { JobContext } from './jobRunner.ts'
import { selectItems } from './selection.ts'
import type { Workshop } from './workshop.ts'

/** Queues the evaluation of a checkpoint over held-out items. @throws SightlineError when the split holds none */
export function startEvaluation(workshop: Workshop, request: EvaluateRequest): { jobId: JobId } {
  const checkpoint = getCheckpoint(workshop.project, request.checkpointId)
  const members = evaluationItems(workshop, request)
  const jobId = newId(JobId)
  workshop.runner.submit({
    id: jobId,
    kind: 'evaluate',
    title: jobTitle('evaluate', { name: request.label === '' ? checkpoint.name : request.label }),
    lane: 'engine',
    runId: null,
    work: async (context) => {
      const { outcome } = await runEvaluation(workshop, context, request, members)
      return outcome.kind === 'stopped' ? 'stopped' : outcome.summary
    }
  })
  return { jobId }
}

/** The items an evaluation covers. @throws SightlineError `bad_input` when there are none */
export function evaluationItems(workshop: Workshop, request: EvaluateRequest): DatasetMembers {
  const members = selectItems(workshop.project, request.split, request.tasks, request.limitPerTask)
  if (members.size > 0) return members
  throw new SightlineError('bad_input', 'There is no item to evaluate on', {
    where: `split ${request.split}, tasks ${request.tasks.length > 0 ? request.tasks.join(', ') : '(all)'}`,
    advice: 'Generate or import items into this split'
  })
}

/** Runs an evaluation inside a job. */
export async function runEvaluation(workshop: Workshop, context: JobContext, request: EvaluateRequest, members: DatasetMembers): Promise<EngineResult> {
  const { project } = workshop
  const evaluationId = newId(EvaluationId)
  const checkpoint = getCheckpoint(project, request.checkpointId)
  const dataset = join(project.folder, 'jobs', context.jobId, `${evaluationId}.jsonl`)
  await freezeData(project, dataset, members, context.stop)
  return runEngineJob(workshop, context, {
    kind: 'evaluate', projectFolder: project.folder, dataset, checkpoint, prompt: request.prompt, drawStyle: request.drawStyle,
    threads: workshop.threads, device: await chooseDevice(workshop, request.device), pixels: pixelLimits(checkpoint, 'evaluation'), sampling: defaultSampling(checkpoint, { temperature: request.temperature, seed: request.seed }), split: request.split,
    evaluationId, label: request.label === '' ? checkpoint.name : request.label
  })
}
