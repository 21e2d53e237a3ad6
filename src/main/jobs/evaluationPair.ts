import type { EvaluateRequest } from '#shared/contract/training.ts'
import type { EvaluationId, ItemId, JobId } from '#shared/domain/ids.ts'
import { defaultSampling } from '#shared/domain/samplingLimits.ts'
import { Sampling } from '#shared/domain/trajectory.ts'
import { getCheckpoint } from '../store/checkpoints.ts'
import { evaluatedItems } from '../store/evaluationPairs.ts'
import { listEvaluations } from '../store/evaluations.ts'
import { evaluationItems, startEvaluation } from './evaluation.ts'
import type { Workshop } from './workshop.ts'

/**
 * The newest evaluation of a checkpoint over exactly the items a request means, asked in the same manner; where there is none it is queued.
 * @throws SightlineError as startEvaluation
 */
export function findOrEvaluate(workshop: Workshop, request: EvaluateRequest): { evaluationId: EvaluationId | null; jobId: JobId | null } {
  const { project } = workshop
  const items = evaluationItems(workshop, request)
  const { temperature, seed } = request
  const sampling = JSON.stringify(Sampling.parse(defaultSampling(getCheckpoint(project, request.checkpointId), { temperature, seed })))
  const coversItems = (asked: ReadonlySet<ItemId>): boolean => asked.size === items.size && [...asked].every((id) => items.has(id))
  const found = listEvaluations(project, { checkpointId: request.checkpointId }).findLast((known) => (
    known.split === request.split && known.prompt === request.prompt && known.drawStyle === request.drawStyle
    && JSON.stringify(known.sampling) === sampling && coversItems(evaluatedItems(project, known.id))
  ))
  return found === undefined ? { evaluationId: null, ...startEvaluation(workshop, request) } : { evaluationId: found.id, jobId: null }
}
