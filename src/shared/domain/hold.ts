/** A wish to hold work between steps: raised and lowered by whoever watches the work, waited out by the work itself. */
export class Hold {
  #wanted = false
  readonly #listeners = new Set<(wanted: boolean) => void>()

  get wanted(): boolean {
    return this.#wanted
  }

  set(wanted: boolean): void {
    if (this.#wanted === wanted) return
    this.#wanted = wanted
    for (const listener of this.#listeners) listener(wanted)
  }

  /** @returns ends the subscription */
  onChange(listener: (wanted: boolean) => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  /** Resolves when the wish is gone, or at once when `stop` is raised. */
  async released(stop: AbortSignal): Promise<void> {
    if (!this.#wanted || stop.aborted) return
    const { promise, resolve } = Promise.withResolvers<undefined>()
    const off = this.onChange((wanted) => { if (!wanted) resolve(undefined) })
    const stopped = (): void => resolve(undefined)
    stop.addEventListener('abort', stopped, { once: true })
    try {
      await promise
    } finally {
      off()
      stop.removeEventListener('abort', stopped)
    }
  }
}
