import type { Graph } from '#main/onnx/graph.ts'
import { Session, type SessionSettings } from './session.ts'

/**
 * Sessions by a key that names the graph, the least recently used closed first. One session serves every batch size and length
 * (sizes are symbols), so a dozen is enough.
 */
export class SessionCache {
  readonly #sessions = new Map<string, Promise<Session>>()
  readonly #capacity: number
  readonly #settings: SessionSettings

  constructor(settings: SessionSettings = {}, capacity = 12) {
    this.#settings = settings
    this.#capacity = capacity
  }

  /** The session for a key, built on first use with settings that differ from the cache's where given. A failed build is forgotten. */
  async get(key: string, build: () => Graph, settings: SessionSettings = {}): Promise<Session> {
    const known = this.#sessions.get(key)
    const pending = known ?? Promise.resolve().then(() => Session.open(build(), { ...this.#settings, ...settings }))
    this.#sessions.delete(key)
    this.#sessions.set(key, pending)
    if (!known) await this.#evict()
    try {
      return await pending
    } catch (error) {
      this.#sessions.delete(key)
      throw error
    }
  }

  async close(): Promise<void> {
    const all = [...this.#sessions.values()]
    this.#sessions.clear()
    for (const session of await Promise.allSettled(all)) if (session.status === 'fulfilled') await session.value.close()
  }

  async #evict(): Promise<void> {
    for (const [key, session] of this.#sessions) {
      if (this.#sessions.size <= this.#capacity) return
      this.#sessions.delete(key)
      await (await session).close()
    }
  }
}
