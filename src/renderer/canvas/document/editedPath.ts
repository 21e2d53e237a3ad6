import type { TrajectoryEdit } from '#shared/contract/trajectories.ts'
import type { DrawOp } from '#shared/domain/drawOp.ts'
import type { TrajectoryId } from '#shared/domain/ids.ts'
import type { Trajectory } from '#shared/domain/trajectory.ts'
import { History } from '../history/history.ts'
import { EditSaver, type SaveState } from './editSaver.ts'
import {
  addShape, changeAnswer, changeShape, changeThought, documentOf, type PathDiff, type PathDocument, type PathRecord, removeShapes
} from './pathDocument.ts'

/** What an edited path needs of the world around it. */
export interface EditedPathPorts {
  /** Stores one edit durably; answers the id of the version it made. */
  readonly save: (edit: Pick<TrajectoryEdit, 'parentId' | 'steps' | 'answer'>) => Promise<TrajectoryId>
  readonly onSaveState: (state: SaveState) => void
  readonly onChange: () => void
}

/** A path under a person's hands: its document, what can be undone, and the queue that makes each edit a version. */
export class EditedPath {
  readonly #history: History<PathRecord>
  readonly #saver: EditSaver
  readonly #onChange: () => void

  constructor(trajectory: Pick<Trajectory, 'id' | 'steps' | 'answer'>, ports: EditedPathPorts) {
    const document = documentOf(trajectory)
    this.#history = new History(document)
    this.#saver = new EditSaver({ head: trajectory.id, document }, ports.save, ports.onSaveState)
    this.#onChange = ports.onChange
  }

  get document(): PathDocument {
    return this.#history.document
  }

  get canUndo(): boolean {
    return this.#history.canUndo
  }

  get canRedo(): boolean {
    return this.#history.canRedo
  }

  /** Adds an operation as the step's last; answers the new shape's id. */
  add(step: number, op: DrawOp): string {
    const id = crypto.randomUUID()
    this.#commit(addShape(this.document, step, op, id))
    return id
  }

  /** Edits that share a gesture are undone together. */
  change(id: string, op: DrawOp, gesture: string | null = null): void {
    this.#commit(changeShape(this.document, id, op), gesture)
  }

  remove(ids: readonly string[]): void {
    this.#commit(removeShapes(this.document, ids))
  }

  setThought(step: number, text: string): void {
    this.#commit(changeThought(this.document, step, text))
  }

  setAnswer(text: string): void {
    this.#commit(changeAnswer(this.document, text))
  }

  undo(): void {
    if (this.#history.undo() !== null) this.#moved()
  }

  redo(): void {
    if (this.#history.redo() !== null) this.#moved()
  }

  /** Ends the gesture in hand. */
  settle(): void {
    this.#history.settle()
  }

  /** Goes on with edits that could not be stored. */
  retry(): void {
    this.#saver.retry()
  }

  #commit(diff: PathDiff, gesture: string | null = null): void {
    if (this.#history.change(diff, gesture)) this.#moved(gesture)
  }

  #moved(gesture: string | null = null): void {
    this.#onChange()
    this.#saver.push(this.document, gesture)
  }
}
