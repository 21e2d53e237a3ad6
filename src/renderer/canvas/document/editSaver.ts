import type { EditHistory } from '#shared/domain/editHistory.ts'
import type { TrajectoryId } from '#shared/domain/ids.ts'
import type { ReviewStatement } from '#shared/domain/review.ts'
import { editBetween, NO_STATEMENT, type PathChange, type PathDocument, placesOf, statementOf } from './pathDocument.ts'

export type SaveStatus = 'saved' | 'saving' | 'failed'

export interface SaveState { readonly status: SaveStatus; readonly head: TrajectoryId; readonly waiting: number; readonly error: unknown }

/** One edit on its way: a new version (`change`), or only another word about the one there is. */
export interface Saving {
  readonly parentId: TrajectoryId
  readonly change: PathChange | null
  /** What the reviewer says about the version there is then; null when that is nothing, or nothing new about the same version. */
  readonly statement: ReviewStatement | null
  readonly history: EditHistory
}

type Marks = Pick<EditHistory, 'done' | 'undone'>
interface Waiting { document: PathDocument; marks: Marks; gesture: string | null }

/**
 * Makes every edit durable, one after the other: each becomes a new version whose parent is the version before it, or a new
 * statement about that version. A failed save stops the queue and keeps it, so that `retry` goes on where it stood.
 */
export class EditSaver {
  readonly #send: (saving: Saving) => Promise<TrajectoryId>
  readonly #tell: (state: SaveState) => void
  readonly #queue: Waiting[] = []
  readonly #idle: (() => void)[] = []
  #head: TrajectoryId
  #saved: PathDocument
  #running = false

  /**
   * @param start the version now in the project and what it says
   * @param send stores one edit and answers the id of the version there is then
   * @param tell called with every change of state
   */
  constructor(start: { head: TrajectoryId; document: PathDocument }, send: (saving: Saving) => Promise<TrajectoryId>, tell: (state: SaveState) => void) {
    this.#head = start.head
    this.#saved = start.document
    this.#send = send
    this.#tell = tell
  }

  get head(): TrajectoryId {
    return this.#head
  }

  /** Queues the document as it now stands. Edits of one gesture that are not on their way yet are stored as one. */
  push(document: PathDocument, marks: Marks, gesture: string | null = null): void {
    const last = this.#queue.at(-1)
    const inFlight = this.#running && this.#queue.length === 1
    if (last !== undefined && gesture !== null && last.gesture === gesture && !inFlight) Object.assign(last, { document, marks })
    else this.#queue.push({ document, marks, gesture })
    void this.#drain()
  }

  retry(): void {
    void this.#drain()
  }

  /** Resolves once nothing waits to be stored. */
  whenIdle(): Promise<void> {
    return this.#queue.length === 0 ? Promise.resolve() : new Promise((resolve) => { this.#idle.push(resolve) })
  }

  async #drain(): Promise<void> {
    if (this.#running) return
    this.#running = true
    try {
      for (let next = this.#queue[0]; next !== undefined; next = this.#queue[0]) {
        this.#say('saving', null)
        await this.#save(next)
        this.#queue.shift()
      }
      this.#running = false
      this.#say('saved', null)
      for (const resolve of this.#idle.splice(0)) resolve()
    } catch (error) {
      this.#running = false
      this.#say('failed', error)
    }
  }

  async #save({ document, marks }: Waiting): Promise<void> {
    const change = editBetween(this.#saved, document)
    const [said, says] = [statementOf(this.#saved), statementOf(document)]
    const known = change === null ? said : NO_STATEMENT
    const statement = JSON.stringify(says) === JSON.stringify(known) ? null : says
    if (change !== null || statement !== null) {
      this.#head = await this.#send({ parentId: this.#head, change, statement, history: { shapes: placesOf(document), ...marks } })
    }
    this.#saved = document
  }

  #say(status: SaveStatus, error: unknown): void {
    this.#tell({ status, head: this.#head, waiting: this.#queue.length, error })
  }
}
