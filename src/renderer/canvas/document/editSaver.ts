import type { TrajectoryEdit } from '#shared/contract/trajectories.ts'
import type { TrajectoryId } from '#shared/domain/ids.ts'
import { editBetween, type PathDocument } from './pathDocument.ts'

export type SaveStatus = 'saved' | 'saving' | 'failed'

export interface SaveState { readonly status: SaveStatus; readonly head: TrajectoryId; readonly waiting: number; readonly error: unknown }

interface Waiting { document: PathDocument; gesture: string | null }

/**
 * Makes every edit durable, one after the other: each becomes a new version whose parent is the version before it.
 * A failed save stops the queue and keeps it, so that `retry` goes on where it stood and no edit is lost.
 */
export class EditSaver {
  readonly #send: (edit: Pick<TrajectoryEdit, 'parentId' | 'steps' | 'answer'>) => Promise<TrajectoryId>
  readonly #tell: (state: SaveState) => void
  readonly #queue: Waiting[] = []
  #head: TrajectoryId
  #saved: PathDocument
  #running = false

  /**
   * @param start the version now in the project and what it says
   * @param send stores one edit and answers the new version's id
   * @param tell called with every change of state
   */
  constructor(
    start: { head: TrajectoryId; document: PathDocument },
    send: (edit: Pick<TrajectoryEdit, 'parentId' | 'steps' | 'answer'>) => Promise<TrajectoryId>,
    tell: (state: SaveState) => void
  ) {
    this.#head = start.head
    this.#saved = start.document
    this.#send = send
    this.#tell = tell
  }

  /** Queues the document as it now stands. Edits of one gesture that are not on their way yet become one version. */
  push(document: PathDocument, gesture: string | null = null): void {
    const last = this.#queue.at(-1)
    const inFlight = this.#running && this.#queue.length === 1
    if (last !== undefined && gesture !== null && last.gesture === gesture && !inFlight) last.document = document
    else this.#queue.push({ document, gesture })
    void this.#drain()
  }

  retry(): void {
    void this.#drain()
  }

  async #drain(): Promise<void> {
    if (this.#running) return
    this.#running = true
    try {
      for (let next = this.#queue[0]; next !== undefined; next = this.#queue[0]) {
        this.#say('saving', null)
        await this.#save(next.document)
        this.#queue.shift()
      }
      this.#running = false
      this.#say('saved', null)
    } catch (error) {
      this.#running = false
      this.#say('failed', error)
    }
  }

  async #save(document: PathDocument): Promise<void> {
    const edit = editBetween(this.#saved, document)
    if (edit !== null) this.#head = await this.#send({ parentId: this.#head, ...edit })
    this.#saved = document
  }

  #say(status: SaveStatus, error: unknown): void {
    this.#tell({ status, head: this.#head, waiting: this.#queue.length, error })
  }
}
