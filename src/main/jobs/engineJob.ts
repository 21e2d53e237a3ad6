import type { EvaluationId, RunId } from '#shared/domain/ids.ts'
import type { Checkpoint } from '#shared/domain/checkpoint.ts'
import type { EngineJob } from '../engine/protocol.ts'
import { insertCheckpoint } from '../store/checkpoints.ts'
import { insertEvaluation } from '../store/evaluations.ts'
import { appendMetrics } from '../store/metrics.ts'
import { setReward } from '../store/rewards.ts'
import { updateRun } from '../store/runs.ts'
import { insertTrajectory } from '../store/trajectories.ts'
import type { JobContext } from './jobRunner.ts'
import { type EngineOutcome, type EngineProduct, runEngine } from './runEngine.ts'
import type { Workshop } from './workshop.ts'

export interface EngineResult {
  outcome: EngineOutcome
  /** The last checkpoint it wrote. */
  checkpoint: Checkpoint | null
  evaluationId: EvaluationId | null
}

/** Runs one engine job for a queued job: everything it makes is stored, then told. @throws SightlineError as runEngine */
export async function runEngineJob(workshop: Workshop, context: JobContext, job: EngineJob): Promise<EngineResult> {
  const made: { checkpoint: Checkpoint | null; evaluationId: EvaluationId | null } = { checkpoint: null, evaluationId: null }
  const runId = job.kind === 'train' ? job.run.id : null
  const outcome = await runEngine(job, {
    spawn: workshop.spawnEngine,
    stop: context.stop,
    kill: context.kill,
    graceMilliseconds: workshop.graceMilliseconds,
    onProduct: (event) => {
      storeProduct(workshop, context, runId, event)
      if (event.kind === 'checkpoint') made.checkpoint = event.checkpoint
      if (event.kind === 'evaluation') made.evaluationId = event.evaluation.id
    }
  })
  return { outcome, ...made }
}

function storeProduct(workshop: Workshop, context: JobContext, runId: RunId | null, event: EngineProduct): void {
  const { project } = workshop
  switch (event.kind) {
    case 'progress':
    case 'log':
      context.report(event)
      break
    case 'metrics':
      if (runId === null) break
      project.transaction(() => {
        appendMetrics(project, runId, { step: event.step, seconds: event.seconds, values: event.values })
        updateRun(project, runId, { step: event.step, totalSteps: event.totalSteps })
      })
      context.report({ kind: 'metrics', runId, step: event.step, values: event.values })
      break
    case 'trajectory':
      project.transaction(() => {
        insertTrajectory(project, event.trajectory)
        setReward(project, event.trajectory.id, event.reward)
      })
      context.report({ kind: 'trajectory', trajectoryId: event.trajectory.id })
      break
    case 'checkpoint':
      insertCheckpoint(project, event.checkpoint)
      context.report({ kind: 'checkpoint', checkpointId: event.checkpoint.id })
      break
    case 'evaluation':
      insertEvaluation(project, event.evaluation)
      context.report({ kind: 'evaluation', evaluationId: event.evaluation.id })
      break
  }
}
