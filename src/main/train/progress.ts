import type { Progress } from '#shared/domain/job.ts'

/** How many recent marks the rate is measured over. */
const WINDOW = 20

/** Counts a long piece of work and tells its rate and the time left, from the recent past. */
export class ProgressMeter {
  readonly #phase: string
  readonly #unit: string
  readonly #total: number | null
  readonly #marks: { at: number; done: number }[]

  constructor(phase: string, unit: string, total: number | null, done = 0, now = performance.now()) {
    this.#phase = phase
    this.#unit = unit
    this.#total = total
    this.#marks = [{ at: now, done }]
  }

  at(done: number, now = performance.now()): Progress {
    this.#marks.push({ at: now, done })
    if (this.#marks.length > WINDOW) this.#marks.shift()
    const first = this.#marks[0]
    const seconds = first === undefined ? 0 : (now - first.at) / 1000
    const rate = first === undefined || seconds <= 0 ? null : (done - first.done) / seconds
    const secondsLeft = rate === null || rate <= 0 || this.#total === null ? null : (this.#total - done) / rate
    return { phase: this.#phase, done, total: this.#total, unit: this.#unit, rate, secondsLeft }
  }
}
