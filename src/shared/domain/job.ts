import { z } from 'zod'
import { ErrorRecord } from './errors.ts'
import { CheckpointId, EvaluationId, JobId, RunId, TrajectoryId } from './ids.ts'
import { Preflight } from './preflight.ts'

export const JobKind = z.enum(['import', 'export', 'generate', 'rollout', 'train', 'evaluate', 'pipeline', 'bulk', 'tidy'])
export type JobKind = z.infer<typeof JobKind>

export const JobStatus = z.enum(['queued', 'running', 'pausing', 'paused', 'stopping', 'finished', 'stopped', 'failed'])
export type JobStatus = z.infer<typeof JobStatus>

/** How far a long piece of work is; `rate` in units a second, null while unknown. */
export const Progress = z.object({
  phase: z.string(),
  done: z.number(),
  total: z.number().nullable(),
  unit: z.string(),
  rate: z.number().nullable(),
  secondsLeft: z.number().nullable()
})
export type Progress = z.infer<typeof Progress>

/** What a job tells; stored in order before anyone is shown it, so a viewer can come back at any `seq`. */
export const JobEventBody = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('progress'), progress: Progress }),
  z.object({ kind: z.literal('log'), level: z.enum(['info', 'warning', 'error']), text: z.string() }),
  z.object({ kind: z.literal('metrics'), runId: RunId, step: z.int(), values: z.record(z.string(), z.number()) }),
  z.object({ kind: z.literal('trajectory'), trajectoryId: TrajectoryId }),
  z.object({ kind: z.literal('run'), runId: RunId, stage: z.string() }),
  z.object({ kind: z.literal('preflight'), preflight: Preflight }),
  z.object({ kind: z.literal('paused') }),
  z.object({ kind: z.literal('continued') }),
  z.object({ kind: z.literal('checkpoint'), checkpointId: CheckpointId }),
  z.object({ kind: z.literal('evaluation'), evaluationId: EvaluationId }),
  /** The stages a pipeline is going to run, told once before the first. */
  z.object({ kind: z.literal('plan'), stages: z.array(z.object({ label: z.string(), stage: z.string() })) }),
  /** What became of the paths made so far, by outcome, and what they cost; each one replaces the last. */
  z.object({ kind: z.literal('tally'), counts: z.record(z.string(), z.number()) }),
  z.object({ kind: z.literal('finished'), summary: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])) }),
  z.object({ kind: z.literal('stopped') }),
  z.object({ kind: z.literal('failed'), error: ErrorRecord })
])
export type JobEventBody = z.infer<typeof JobEventBody>

export const JobEvent = z.object({ jobId: JobId, seq: z.int().nonnegative(), at: z.iso.datetime(), body: JobEventBody })
export type JobEvent = z.infer<typeof JobEvent>

export const Job = z.object({
  id: JobId,
  kind: JobKind,
  title: z.string(),
  status: JobStatus,
  progress: Progress.nullable(),
  error: ErrorRecord.nullable(),
  runId: RunId.nullable(),
  createdAt: z.iso.datetime(),
  finishedAt: z.iso.datetime().nullable()
})
export type Job = z.infer<typeof Job>
