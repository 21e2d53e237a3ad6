/** One listener's queue: nothing published while it is open is lost, however slowly it reads. */
export class Subscription<T> implements AsyncIterable<T> {
  readonly #waiting: T[] = []
  readonly #onClose: (subscription: Subscription<T>) => void
  #wake: (() => void) | null = null
  #closed = false

  constructor(onClose: (subscription: Subscription<T>) => void) {
    this.#onClose = onClose
  }

  push(value: T): void {
    this.#waiting.push(value)
    this.#wake?.()
  }

  close(): void {
    if (this.#closed) return
    this.#closed = true
    this.#onClose(this)
    this.#wake?.()
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T> {
    while (true) {
      for (let value = this.#waiting.shift(); value !== undefined; value = this.#waiting.shift()) yield value
      if (this.#closed) return
      await new Promise<void>((resolve) => { this.#wake = resolve })
      this.#wake = null
    }
  }
}

/** Passes values on to whoever listens at that moment. */
export class Feed<T> {
  readonly #open = new Set<Subscription<T>>()

  publish(value: T): void {
    for (const subscription of this.#open) subscription.push(value)
  }

  /** Listens from now on, until `close` or until `signal` aborts. */
  subscribe(signal?: AbortSignal): Subscription<T> {
    const close = (): void => subscription.close()
    const subscription = new Subscription<T>((closed) => {
      this.#open.delete(closed)
      signal?.removeEventListener('abort', close)
    })
    this.#open.add(subscription)
    if (signal?.aborted) close()
    else signal?.addEventListener('abort', close, { once: true })
    return subscription
  }

  close(): void {
    for (const subscription of this.#open) subscription.close()
  }

  get listeners(): number {
    return this.#open.size
  }
}
