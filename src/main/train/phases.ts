/** Where a step's time goes; each becomes the metric `seconds<Phase>` (docs/METRICS.md). */
export type Phase = 'rollout' | 'score' | 'data' | 'oldLogProb' | 'reference' | 'update' | 'save'

/** A stopwatch per phase. Time measured inside another measurement counts for the inner phase alone, so that phases add up. */
export class Phases {
  readonly #seconds = new Map<Phase, number>()
  /** Everything charged so far, in seconds. */
  #charged = 0

  async time<T>(phase: Phase, work: () => Promise<T> | T): Promise<T> {
    const end = this.#begin(phase)
    try {
      return await work()
    } finally {
      end()
    }
  }

  timeSync<T>(phase: Phase, work: () => T): T {
    const end = this.#begin(phase)
    try {
      return work()
    } finally {
      end()
    }
  }

  /** Seconds of a phase since the last `take`. */
  of(phase: Phase): number {
    return this.#seconds.get(phase) ?? 0
  }

  /** Seconds since the last call by metric name (`secondsRollout`); phases that did not occur are left out. */
  take(): Record<string, number> {
    const taken = Object.fromEntries([...this.#seconds].map(([phase, seconds]) => [`seconds${phase.charAt(0).toUpperCase()}${phase.slice(1)}`, seconds]))
    this.#seconds.clear()
    return taken
  }

  #begin(phase: Phase): () => void {
    const [began, before] = [performance.now(), this.#charged]
    return () => {
      const own = (performance.now() - began) / 1000 - (this.#charged - before)
      this.#seconds.set(phase, this.of(phase) + own)
      this.#charged += own
    }
  }
}
