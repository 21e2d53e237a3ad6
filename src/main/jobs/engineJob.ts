import type { CheckpointId, EvaluationId, RunId } from '#shared/domain/ids.ts'
import type { EngineUsage } from '#shared/domain/machine.ts'
import type { Preflight } from '#shared/domain/preflight.ts'
import type { Checkpoint } from '#shared/domain/checkpoint.ts'
import type { EngineJob } from '../engine/protocol.ts'
import { insertCheckpoint, listCheckpointsOf } from '../store/checkpoints.ts'
import { insertEvaluation } from '../store/evaluations.ts'
import { appendMetrics, dropMetricsFrom } from '../store/metrics.ts'
import { appendRunMachine } from '../store/runMachine.ts'
import type { ProjectWriter } from '../store/project.ts'
import { getRun, updateRun } from '../store/runs.ts'
import { isRepeatedRollout, type Purpose } from '../store/trajectories.ts'
import { chooseDevice } from './deviceChoice.ts'
import { knownVerdict } from './deviceProbe.ts'
import type { JobContext } from './jobRunner.ts'
import type { EngineSeat } from './machine/machineMonitor.ts'
import { pruneCheckpoints } from './pruning.ts'
import { type EngineOutcome, type EngineProduct, runEngine } from './runEngine.ts'
import { type ScoredPath, storePath } from './storePath.ts'
import type { Workshop } from './workshop.ts'

export interface EngineResult {
  outcome: EngineOutcome
  /** The last checkpoint it wrote. */
  checkpoint: Checkpoint | null
  evaluationId: EvaluationId | null
  /** Of a preflight job. */
  preflight: Preflight | null
}

type PathEvent = Extract<EngineProduct, { kind: 'trajectory' }>
type UsageEvent = Extract<EngineProduct, { kind: 'usage' }>

/**
 * Runs one engine job for a queued job: everything it makes is stored, then told. @throws SightlineError as runEngine
 * @param takePath does what is to be done with a path in place of storing it
 */
export async function runEngineJob(workshop: Workshop, context: JobContext, job: EngineJob, takePath?: (path: ScoredPath) => void): Promise<EngineResult> {
  const made: Omit<EngineResult, 'outcome'> = { checkpoint: null, evaluationId: null, preflight: null }
  const runId = job.kind === 'train' ? job.run.id : null
  const purpose = job.kind === 'evaluate' ? { evaluationId: job.evaluationId } : {}
  const take = takePath ?? ((path: ScoredPath) => { storeRollout(workshop, context, path, purpose) })
  const onDevice = await placed(workshop, job)
  const seat = workshop.machine.enter()
  const outcome = await runEngine(onDevice, {
    spawn: workshop.spawnEngine,
    stop: context.stop,
    kill: context.kill,
    ...(context.hold === undefined ? {} : { hold: context.hold }),
    onProduct: (event) => {
      if (event.kind === 'trajectory') take(event)
      else if (event.kind === 'usage') takeUsage(workshop, seat, runId, event.usage)
      else storeProduct(workshop, context, runId, event)
      if (event.kind === 'checkpoint') made.checkpoint = event.checkpoint
      if (event.kind === 'preflight') made.preflight = event.preflight
      if (event.kind === 'evaluation') made.evaluationId = event.evaluation.id
    }
  }).finally(() => seat.leave())
  return { outcome, ...made }
}

/** What an engine uses, for whoever watches and, of a run, for later: a run that dies leaves what the machine did until then. */
function takeUsage({ project, machine }: Workshop, seat: EngineSeat, runId: RunId | null, usage: EngineUsage): void {
  const { latest } = machine
  seat.tell(usage, runId === null || latest === null ? null : { id: runId, second: appendRunMachine(project, runId, latest, usage, Date.now()) })
}

/** A job that does not say where it runs goes where the user wants work to run; on the graphics device it is told what the probe found. */
async function placed(workshop: Workshop, job: EngineJob): Promise<EngineJob> {
  if (job.kind === 'importModel') return job
  const device = job.device ?? await chooseDevice(workshop)
  const largestBuffer = device === 'webgpu' ? (await knownVerdict(workshop.endpoints.folder))?.facts?.largestBufferBytes : null
  return { ...job, device, ...(largestBuffer ? { largestBuffer } : {}) }
}

function storeProduct(workshop: Workshop, context: JobContext, runId: RunId | null, event: Exclude<EngineProduct, PathEvent | UsageEvent>): void {
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
    case 'began':
      // A step that a killed engine had told of and not saved is taken again: its numbers come anew.
      if (runId !== null) dropMetricsFrom(project, runId, event.step + 1)
      break
    case 'mark':
      // Durable, and with it everything before: a saved state must not know of more than the project does.
      if (runId !== null) project.transaction(() => updateRun(project, runId, { status: getRun(project, runId).status }), { durable: true })
      break
    case 'paused':
    case 'continued':
      if (runId !== null) updateRun(project, runId, { status: event.kind === 'paused' ? 'paused' : 'running' })
      context.report(event)
      break
    case 'preflight':
      context.report(event)
      break
    case 'checkpoint':
      context.report({ kind: 'checkpoint', checkpointId: storeCheckpoint(project, event.checkpoint) })
      break
    case 'evaluation':
      insertEvaluation(project, event.evaluation)
      context.report({ kind: 'evaluation', evaluationId: event.evaluation.id })
      break
  }
}

/** Stores a rollout; one that a resumed run wrote again is there already. */
function storeRollout({ project }: Workshop, context: JobContext, path: ScoredPath, purpose: Purpose): void {
  if (isRepeatedRollout(project, path.trajectory)) return
  storePath(project, path, purpose)
  context.report({ kind: 'trajectory', trajectoryId: path.trajectory.id })
}

/** Records a checkpoint, then lets go of the run's older ones. @returns its id, that of the first record for a folder told twice */
function storeCheckpoint(project: ProjectWriter, checkpoint: Checkpoint): CheckpointId {
  const { runId } = checkpoint
  const known = runId === null ? undefined : listCheckpointsOf(project, runId).find(({ folder, hash }) => folder === checkpoint.folder && hash === checkpoint.hash)
  if (known === undefined) insertCheckpoint(project, checkpoint)
  if (runId !== null) pruneCheckpoints(project, runId)
  return known?.id ?? checkpoint.id
}
