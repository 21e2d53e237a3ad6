import { describeError } from '#shared/domain/errors.ts'
import type { SimilarState } from '#shared/domain/similar.ts'
import type { ProjectWriter } from '../store/project.ts'
import { countStale } from '../store/signatures.ts'
import { Feed } from './feed.ts'

/** How long the progress of comparing is kept back between two tellings, in milliseconds. */
const TOLD_EVERY = 200

/** Compares items beside everything else, one pass at a time: woken when items came in, and by whoever wants to know. */
export class SimilarKeeper {
  readonly #project: ProjectWriter
  readonly #feed = new Feed<SimilarState>()
  #pass: { readonly done: Promise<void>; readonly stop: AbortController } | null = null
  #again = false
  #closed = false
  #progress = { done: 0, total: 0 }
  #failure: string | null = null
  #told = 0

  constructor(project: ProjectWriter) {
    this.#project = project
  }

  get state(): SimilarState {
    return { pending: countStale(this.#project), running: this.#pass !== null, ...this.#progress, failure: this.#failure }
  }

  /** Begins a pass, or another one after the one under way. */
  wake(): void {
    if (this.#closed) return
    if (this.#pass !== null) {
      this.#again = true
      return
    }
    this.#failure = null
    const stop = new AbortController()
    const failed = (error: unknown): void => { if (!stop.signal.aborted) this.#failure = describeError(error) }
    this.#pass = { stop, done: this.#run(stop.signal).catch(failed).finally(() => { this.#end() }) }
  }

  /** Breaks off what is under way; what was looked at stays. */
  async stop(): Promise<void> {
    this.#again = false
    this.#pass?.stop.abort()
    await this.#pass?.done
  }

  /**
   * Waits until everything there is was compared, comparing failed, or `signal` aborts: the pass itself goes on then.
   */
  async settled(signal?: AbortSignal, onState?: (state: SimilarState) => void): Promise<SimilarState> {
    if (countStale(this.#project) > 0) this.wake()
    const leaving = new AbortController()
    const told = onState === undefined ? null : this.#tell(onState, leaving.signal)
    const aborted = new Promise<void>((resolve) => { signal?.addEventListener('abort', () => { resolve() }, { once: true }) })
    while (this.#pass !== null && signal?.aborted !== true) await Promise.race([this.#pass.done, aborted])
    leaving.abort()
    await told
    return this.state
  }

  /** The state as it is, then every change until `signal` aborts. */
  async *watch(signal?: AbortSignal): AsyncGenerator<SimilarState> {
    const changes = this.#feed.subscribe(signal)
    yield this.state
    yield* changes
  }

  async close(): Promise<void> {
    this.#closed = true
    await this.stop()
    this.#feed.close()
  }

  async #run(signal: AbortSignal): Promise<void> {
    // Loaded when first needed (it brings the picture decoder): the studio opens without it.
    const { compareItems } = await import('../curate/similar/compareItems.ts')
    await compareItems(this.#project, { signal, onProgress: (done, total) => { this.#report(done, total) } })
  }

  #report(done: number, total: number): void {
    this.#progress = { done, total }
    const now = performance.now()
    if (now - this.#told < TOLD_EVERY && done < total) return
    this.#told = now
    this.#feed.publish({ pending: total, running: true, done, total, failure: null })
  }

  #end(): void {
    this.#pass = null
    this.#progress = { done: 0, total: 0 }
    if (this.#closed) return
    if (this.#again) {
      this.#again = false
      this.wake()
    } else if (this.#feed.listeners > 0) this.#feed.publish(this.state)
  }

  async #tell(onState: (state: SimilarState) => void, signal: AbortSignal): Promise<void> {
    for await (const state of this.#feed.subscribe(signal)) onState(state)
  }
}
