import { setImmediate } from 'node:timers/promises'
import type { ProjectWriter } from './project.ts'

/** How long one transaction may hold up reads, in milliseconds: far below what a person notices. */
const TARGET = 40
const FIRST = 100
const FEWEST = 10
const MOST = 5000

export interface ChunkOptions {
  readonly signal?: AbortSignal | undefined
  /** How many of all are done, after every transaction. */
  readonly onProgress?: (done: number, total: number) => void
}

/**
 * Works through keys in transactions of about 40 ms of work, each on disk before the next; between two of them the program answers
 * whatever waits. The wait for the disk does not count: smaller transactions would only wait more often. What was done before an
 * abort stays.
 * @throws the signal's reason when aborted
 */
export async function inChunks(project: ProjectWriter, keys: readonly number[], work: (keys: readonly number[]) => void, { signal, onProgress }: ChunkOptions = {}): Promise<void> {
  let size = FIRST
  for (let from = 0; from < keys.length;) {
    signal?.throwIfAborted()
    const chunk = keys.slice(from, from + size)
    const took = project.transaction(() => {
      const began = performance.now()
      work(chunk)
      return performance.now() - began
    }, { durable: true })
    from += chunk.length
    size = Math.min(MOST, Math.max(FEWEST, Math.round(size * Math.min(2, TARGET / took))))
    onProgress?.(from, keys.length)
    await setImmediate()
  }
}
