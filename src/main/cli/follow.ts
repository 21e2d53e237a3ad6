import { SightlineError } from '#shared/domain/errors.ts'
import type { JobId } from '#shared/domain/ids.ts'
import type { JobEvent } from '#shared/domain/job.ts'
import type { Preflight } from '#shared/domain/preflight.ts'
import type { Workshop } from '../jobs/workshop.ts'
import type { Output } from './output.ts'

export type JobSummary = Readonly<Record<string, string | number | boolean>>

/**
 * Shows a job's events until it ends. Ctrl+C stops it after the step in hand, a second one kills its engine; either way what
 * it stored stays.
 * @returns the job's summary
 * @throws SightlineError the job's own failure, or `cancelled`
 */
export async function follow(workshop: Workshop, jobId: JobId, output: Output, see: (event: JobEvent) => void = () => {}): Promise<JobSummary> {
  const interrupt = () => {
    output.line('Stopping; once more to stop at once')
    workshop.runner.cancel(jobId)
  }
  process.on('SIGINT', interrupt)
  try {
    for await (const event of workshop.runner.watch(jobId, -1)) {
      see(event)
      const end = show(event, output)
      if (end !== undefined) return end
    }
  } finally {
    process.off('SIGINT', interrupt)
    output.done()
  }
  throw new SightlineError('engine_died', 'The job ended without a last event', { where: jobId })
}

function show({ body, seq, at }: JobEvent, output: Output): JobSummary | undefined {
  if (output.json) output.event({ ...body, seq, at })
  switch (body.kind) {
    case 'progress':
      if (!output.json) output.progress(body.progress)
      return undefined
    case 'log':
      if (!output.json) output.line(`${body.level === 'info' ? '' : `${body.level}: `}${body.text}`)
      return undefined
    case 'metrics':
      if (!output.json && body.step % 10 === 0) output.line(metricsLine(body.step, body.values))
      return undefined
    case 'run':
      if (!output.json) output.line(`run ${body.runId} (${body.stage})`)
      return undefined
    case 'checkpoint':
      if (!output.json) output.line(`checkpoint ${body.checkpointId}`)
      return undefined
    case 'paused':
    case 'continued':
      if (!output.json) output.line(body.kind)
      return undefined
    case 'preflight':
      if (!output.json) showPreflight(body.preflight, output)
      return undefined
    case 'trajectory':
    case 'plan':
    case 'tally':
    case 'evaluation':
      return undefined
    case 'finished':
      return body.summary
    case 'stopped':
      throw new SightlineError('cancelled', 'Stopped; what was finished is kept', { advice: 'A stopped training run goes on with `train DIR --resume RUN`' })
    case 'failed':
      throw SightlineError.fromRecord(body.error)
  }
}

/** One line a check: what was found before the start. */
export function showPreflight({ checks }: Preflight, output: Output): void {
  for (const { name, state, message } of checks) output.line(`  ${state.padEnd(8)}${name.padEnd(10)}${message}`)
}

const SHOWN = ['loss', 'reward', 'correct', 'format', 'reflectionRate', 'rewardMargin', 'marginAccuracy', 'gradNorm', 'tokensPerSecond']

function metricsLine(step: number, values: Readonly<Record<string, number>>): string {
  const shown = SHOWN.flatMap((name) => (values[name] === undefined ? [] : [`${name} ${values[name].toPrecision(4)}`]))
  return `step ${step}: ${shown.join(', ')}`
}
