import { setImmediate } from 'node:timers/promises'
import type { ProjectWriter } from './project.ts'

/** How long one transaction may hold up reads, in milliseconds: far below what a person notices. */
const TARGET = 40
const FIRST = 100
const MOST = 5000

/**
 * Works through keys in transactions of about 40 ms, each on disk before the next; between two of them the program answers whatever
 * waits. What was done before an abort stays.
 * @throws the signal's reason when aborted
 */
export async function inChunks(project: ProjectWriter, keys: readonly number[], work: (keys: readonly number[]) => void, signal?: AbortSignal): Promise<void> {
  let size = FIRST
  for (let from = 0; from < keys.length;) {
    signal?.throwIfAborted()
    const chunk = keys.slice(from, from + size)
    const began = performance.now()
    project.transaction(() => work(chunk), { durable: true })
    from += chunk.length
    size = Math.min(MOST, Math.max(1, Math.round(size * Math.min(2, TARGET / (performance.now() - began)))))
    await setImmediate()
  }
}
