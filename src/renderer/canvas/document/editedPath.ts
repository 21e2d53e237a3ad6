import type { DrawOp } from '#shared/domain/drawOp.ts'
import { type EditHistory, HISTORY_LIMIT, HISTORY_RECORDS } from '#shared/domain/editHistory.ts'
import type { TrajectoryId } from '#shared/domain/ids.ts'
import type { PathRecord, StatementRecord } from '#shared/domain/pathRecord.ts'
import type { ReviewStatement, Verdict } from '#shared/domain/review.ts'
import type { Trajectory } from '#shared/domain/trajectory.ts'
import { History } from '../history/history.ts'
import { EditSaver, type SaveState, type Saving } from './editSaver.ts'
import { followPictures } from './followPictures.ts'
import {
  addShapes, changeAnswer, changeShapes, changeStatement, changeThought, cutAfter, documentOf, type PathDiff, type PathDocument, removeShapes, reorderShape, statementRecord, stepsWith, withVerdictTaken
} from './pathDocument.ts'

/** What an edited path needs of the world around it. */
export interface EditedPathPorts {
  /** Stores one edit durably; answers the id of the version there is then. */
  readonly save: (saving: Saving) => Promise<TrajectoryId>
  readonly onSaveState: (state: SaveState) => void
  readonly onChange: () => void
}

export interface EditedPathStart {
  readonly trajectory: Pick<Trajectory, 'id' | 'steps' | 'answer' | 'finishReason' | 'modelSizes'>
  readonly statement: ReviewStatement
  /** What could be undone when the path was last open. */
  readonly history: EditHistory | null
}

/** A path under a person's hands: its document, what can be undone, and the queue that stores each edit. */
export class EditedPath {
  readonly #history: History<PathRecord>
  readonly #saver: EditSaver
  readonly #onChange: () => void
  readonly #given: number
  /** Steps whose operations made no picture when the path was opened, and were not edited since. */
  readonly #undrawn: Set<number>

  constructor({ trajectory, statement, history }: EditedPathStart, ports: EditedPathPorts) {
    const document = documentOf(trajectory, statement, history?.shapes)
    this.#history = new History(document, fits(document, history) ? history : undefined)
    this.#saver = new EditSaver({ head: trajectory.id, document }, ports.save, ports.onSaveState)
    this.#onChange = ports.onChange
    this.#given = trajectory.modelSizes.length
    this.#undrawn = new Set(trajectory.steps.flatMap(({ observations }, step) => observations.length === 0 ? [step] : []))
  }

  get document(): PathDocument {
    return this.#history.document
  }

  /** The version now in the project. */
  get head(): TrajectoryId {
    return this.#saver.head
  }

  get canUndo(): boolean {
    return this.#history.canUndo
  }

  get canRedo(): boolean {
    return this.#history.canRedo
  }

  /** Adds operations as the step's last, undone together; answers the new shapes' ids in the same order. */
  add(step: number, ops: readonly DrawOp[]): string[] {
    const shapes = ops.map((op) => ({ id: crypto.randomUUID(), op }))
    this.#commit(addShapes(this.document, step, shapes))
    return shapes.map(({ id }) => id)
  }

  /** Replaces operations by their shapes' ids; they, and edits that share a gesture, are undone together. */
  change(ops: ReadonlyMap<string, DrawOp>, gesture: string | null = null): void {
    this.#commit(changeShapes(this.document, ops), gesture)
  }

  remove(ids: readonly string[]): void {
    this.#commit(removeShapes(this.document, ids))
  }

  reorder(id: string, by: -1 | 1): void {
    this.#commit(reorderShape(this.document, id, by))
  }

  setThought(step: number, text: string): void {
    this.#commit(changeThought(this.document, step, text))
  }

  setAnswer(text: string): void {
    this.#commit(changeAnswer(this.document, text))
  }

  /** Accepts the path up to a step (0-based): it ends there, without an answer. */
  cutAfter(step: number): void {
    this.#commit(cutAfter(this.document, step))
  }

  /** Verdict, marks and comment: said about the path, undone like any edit of it. */
  say(change: Partial<Omit<StatementRecord, 'type' | 'id'>>): void {
    this.#commit(changeStatement(this.document, change))
  }

  /** Gives a step a verdict, or takes the same one back; its comment stays beside the other one. */
  judgeStep(step: number, verdict: Verdict): void {
    const { steps } = statementRecord(this.document)
    const before = steps.find((word) => word.step === step)
    this.say({ steps: stepsWith(steps, step, before?.verdict === verdict ? null : { verdict, comment: before?.comment ?? '' }) })
  }

  undo(): void {
    this.#took(this.#history.undo())
  }

  redo(): void {
    this.#took(this.#history.redo())
  }

  /** Ends the gesture in hand. */
  settle(): void {
    this.#history.settle()
  }

  /** Goes on with edits that could not be stored. */
  retry(): void {
    this.#saver.retry()
  }

  /** Resolves once every edit is in the project. */
  whenSaved(): Promise<void> {
    return this.#saver.whenIdle()
  }

  #commit(diff: PathDiff, gesture: string | null = null): void {
    const followed = followPictures(this.document, diff, this.#given, (step) => !this.#undrawn.has(step))
    if (this.#history.change(withVerdictTaken(this.document, followed), gesture)) this.#moved(diff, gesture)
  }

  #took(diff: PathDiff | null): void {
    if (diff !== null) this.#moved(diff, null)
  }

  #moved(diff: PathDiff, gesture: string | null): void {
    const changed = [...diff.added, ...diff.removed, ...diff.updated.flat()]
    // A cut takes steps away and undoing it brings them back, each drawn or not as before.
    if (!changed.some(({ type }) => type === 'cut')) for (const record of changed) if (record.type === 'shape') this.#undrawn.delete(record.step)
    this.#onChange()
    this.#saver.push(this.document, this.#history.kept(HISTORY_LIMIT, HISTORY_RECORDS), gesture)
  }
}

/** Whether the newest edit of a kept history leads to this document: one that does not is of no use. */
function fits(document: PathDocument, history: EditHistory | null): history is EditHistory {
  if (history === null) return false
  const [last, next] = [history.done.at(-1), history.undone.at(-1)]
  const after = [...(last?.added ?? []), ...(last?.updated.map(([, record]) => record) ?? [])]
  const before = [...(next?.removed ?? []), ...(next?.updated.map(([record]) => record) ?? [])]
  return [...after, ...before].every((record) => JSON.stringify(document.get(record.id)) === JSON.stringify(record))
}
