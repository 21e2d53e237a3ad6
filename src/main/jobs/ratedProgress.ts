import type { JobContext } from './jobRunner.ts'

/** Reports of how far a job is, with the rate since now and the time left at that rate. `total` 0 or more, in `unit`. */
export function ratedProgress({ report }: JobContext, phase: string, unit: string): (done: number, total: number) => void {
  const started = performance.now()
  return (done, total) => {
    const rate = done / ((performance.now() - started) / 1000)
    report({ kind: 'progress', progress: { phase, done, total, unit, rate, secondsLeft: rate > 0 ? (total - done) / rate : null } })
  }
}
