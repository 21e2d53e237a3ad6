import { describeError, SightlineError, type ErrorRecord } from '#shared/domain/errors.ts'
import type { Progress } from '#shared/domain/job.ts'
import { SingleBar, Presets } from 'cli-progress'

/**
 * Where a command's words go. `human`: lines on stdout and, on a terminal, one progress bar with rate and time left on
 * stderr. `json`: one JSON object per event on stdout, nothing else.
 */
export type Output = {
  readonly json: boolean
  event(event: Record<string, unknown> & { readonly kind: string }): void
  line(text: string): void
  progress(progress: Progress): void
  done(): void
}

export function openOutput(json: boolean): Output {
  return json ? jsonOutput() : humanOutput()
}

function jsonOutput(): Output {
  const event: Output['event'] = (body) => void process.stdout.write(`${JSON.stringify(body)}\n`)
  return { json: true, event, line: (text) => event({ kind: 'line', text }), progress: (progress) => event({ kind: 'progress', progress }), done: () => {} }
}

function humanOutput(): Output {
  let bar: { readonly phase: string; readonly shown: SingleBar } | undefined
  const clear = () => {
    bar?.shown.stop()
    bar = undefined
  }
  return {
    json: false,
    event: () => {},
    line(text) {
      clear()
      process.stdout.write(`${text}\n`)
    },
    progress(progress) {
      if (!process.stderr.isTTY) return
      if (bar?.phase !== progress.phase) {
        clear()
        const shown = new SingleBar({ format: '{phase} [{bar}] {value}/{total} {unit} {rate} {left}', stream: process.stderr, clearOnComplete: true, hideCursor: true }, Presets.shades_classic)
        shown.start(progress.total ?? 0, 0, { phase: progress.phase, unit: progress.unit, rate: '', left: '' })
        bar = { phase: progress.phase, shown }
      }
      const rate = progress.rate === null ? '' : `${progress.rate >= 10 ? progress.rate.toFixed(0) : progress.rate.toFixed(2)}/s`
      bar.shown.setTotal(progress.total ?? progress.done)
      bar.shown.update(progress.done, { rate, left: progress.secondsLeft === null ? '' : `${duration(progress.secondsLeft)} left` })
    },
    done: clear
  }
}

/** Seconds as `1 h 02 min`, `3 min 20 s` or `12 s`. */
export function duration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds))
  if (whole >= 3600) return `${Math.floor(whole / 3600)} h ${String(Math.floor((whole % 3600) / 60)).padStart(2, '0')} min`
  return whole >= 60 ? `${Math.floor(whole / 60)} min ${whole % 60} s` : `${whole} s`
}

/** Exit codes: 0 done, 1 a failure a person can act on, 2 wrong usage, 130 cancelled. */
export function exitCodeOf(error: unknown): number {
  if (!(error instanceof SightlineError)) return 1
  return error.code === 'cancelled' ? 130 : error.code === 'bad_input' ? 2 : 1
}

export function reportError(output: Output, error: unknown): void {
  output.done()
  const record: ErrorRecord | undefined = error instanceof SightlineError ? error.toRecord() : undefined
  if (output.json) output.event({ kind: 'failed', error: record ?? { code: 'bug', message: describeError(error) } })
  else process.stderr.write(`sightline: ${describeError(error)}\n`)
  if (record === undefined && error instanceof Error && !output.json) process.stderr.write(`${error.stack ?? ''}\n`)
}
