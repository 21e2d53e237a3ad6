import type { Progress } from '#shared/domain/job.ts'

const LEAST_MILLISECONDS = 200

/** Lets progress through at most five times a second; what was held back last is told by `flush`. A new phase passes at once. */
export class ProgressThrottle {
  readonly #tell: (progress: Progress) => void
  #held: Progress | null = null
  #told = -Infinity
  #phase: string | null = null

  constructor(tell: (progress: Progress) => void) {
    this.#tell = tell
  }

  offer(progress: Progress, now = performance.now()): void {
    if (progress.phase === this.#phase && now - this.#told < LEAST_MILLISECONDS) {
      this.#held = progress
      return
    }
    if (progress.phase !== this.#phase) this.flush()
    this.#phase = progress.phase
    this.#told = now
    this.#held = null
    this.#tell(progress)
  }

  flush(): void {
    const held = this.#held
    this.#held = null
    if (held !== null) this.#tell(held)
  }
}
