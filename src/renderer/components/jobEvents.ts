import { onScopeDispose, shallowRef, type ShallowRef, watch } from 'vue'
import type { JobId, RunId } from '#shared/domain/ids.ts'
import type { JobEvent, Progress } from '#shared/domain/job.ts'
import type { StepMetrics } from '#shared/domain/trainingRun.ts'
import { type Failure, failureOf, failureOfRecord } from '../client/failure.ts'
import { followJob, isEnding } from '../client/streams.ts'

export interface LogLine { readonly seq: number; readonly at: string; readonly level: 'info' | 'warning' | 'error'; readonly text: string }
export type MetricsLine = Omit<StepMetrics, 'seconds'>

/** What one job has told so far, kept up to date while the calling component lives. */
export interface JobEvents {
  readonly progress: ShallowRef<Progress | null>
  readonly log: ShallowRef<readonly LogLine[]>
  readonly metrics: ShallowRef<ReadonlyMap<RunId, readonly MetricsLine[]>>
  /** The run it told of last. */
  readonly run: ShallowRef<RunId | null>
  /** The stages a pipeline is going to run; empty for other jobs. */
  readonly plan: ShallowRef<readonly { label: string; stage: string }[]>
  /** Evaluations in order, each after the run it scores; null: the model the job began with. */
  readonly evaluations: ShallowRef<readonly { evaluationId: string; after: RunId | null }[]>
  /** What became of the paths so far, by outcome; empty while nothing was counted. */
  readonly tally: ShallowRef<Readonly<Record<string, number>>>
  /** How many checkpoints and evaluations the job has made: lists re-read when it grows. */
  readonly made: ShallowRef<number>
  readonly summary: ShallowRef<Readonly<Record<string, string | number | boolean>>>
  readonly outcome: ShallowRef<'finished' | 'stopped' | 'failed' | null>
  readonly failure: ShallowRef<Failure | null>
  readonly ended: { readonly value: boolean }
}

const KEPT_LINES = 5000

/** Follows whichever job `which` names; switching jobs starts anew. Bursts of events are shown at most once a frame. */
export function useJobEvents(which: () => JobId | null): JobEvents {
  const seen = emptyEvents()
  let leave = new AbortController()
  watch(which, (jobId) => {
    leave.abort()
    leave = new AbortController()
    clear(seen)
    if (jobId !== null) void follow(jobId, seen, leave.signal)
  }, { immediate: true })
  onScopeDispose(() => { leave.abort() })
  return seen
}

async function follow(jobId: JobId, seen: JobEvents, signal: AbortSignal): Promise<void> {
  let waiting: JobEvent[] = []
  const show = (): void => {
    const batch = waiting
    waiting = []
    if (!signal.aborted) take(seen, batch)
  }
  try {
    await followJob(jobId, (event) => {
      waiting.push(event)
      if (waiting.length === 1) requestAnimationFrame(show)
    }, signal)
  } catch (error) {
    if (!signal.aborted) seen.failure.value = failureOf(error)
  }
}

function emptyEvents(): JobEvents {
  const outcome = shallowRef<'finished' | 'stopped' | 'failed' | null>(null)
  return {
    progress: shallowRef(null), log: shallowRef([]), metrics: shallowRef(new Map()), run: shallowRef(null), plan: shallowRef([]), evaluations: shallowRef([]), tally: shallowRef({}), made: shallowRef(0), summary: shallowRef({}),
    outcome, failure: shallowRef(null), ended: { get value() { return outcome.value !== null } }
  }
}

function clear(seen: JobEvents): void {
  seen.progress.value = null
  seen.log.value = []
  seen.metrics.value = new Map()
  seen.plan.value = []
  seen.evaluations.value = []
  seen.tally.value = {}
  seen.run.value = null
  seen.made.value = 0
  seen.summary.value = {}
  seen.outcome.value = null
  seen.failure.value = null
}

function take(seen: JobEvents, batch: readonly JobEvent[]): void {
  const lines: LogLine[] = []
  const metrics = new Map<RunId, MetricsLine[]>()
  for (const { seq, at, body } of batch) {
    switch (body.kind) {
      case 'progress': seen.progress.value = body.progress; break
      case 'log': lines.push({ seq, at, level: body.level, text: body.text }); break
      case 'metrics': metrics.set(body.runId, [...(metrics.get(body.runId) ?? []), { step: body.step, values: body.values }]); break
      case 'run': seen.run.value = body.runId; break
      case 'plan': seen.plan.value = body.stages; break
      case 'tally': seen.tally.value = body.counts; break
      case 'trajectory':
      case 'paused':
      case 'continued':
      case 'preflight': break
      case 'checkpoint': seen.made.value++; break
      case 'evaluation':
        seen.made.value++
        seen.evaluations.value = [...seen.evaluations.value, { evaluationId: body.evaluationId, after: seen.run.value }]
        break
      case 'finished': seen.summary.value = body.summary; break
      case 'failed': seen.failure.value = failureOfRecord(body.error); break
      case 'stopped': break
      default: body satisfies never
    }
    if (isEnding(body.kind)) seen.outcome.value = body.kind
  }
  if (metrics.size > 0) addMetrics(seen, metrics)
  if (lines.length > 0) seen.log.value = [...seen.log.value, ...lines].slice(-KEPT_LINES)
}

function addMetrics(seen: JobEvents, fresh: ReadonlyMap<RunId, readonly MetricsLine[]>): void {
  const next = new Map(seen.metrics.value)
  for (const [runId, lines] of fresh) next.set(runId, [...(next.get(runId) ?? []), ...lines])
  seen.metrics.value = next
}
