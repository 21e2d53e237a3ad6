import { applyDiff, type Diff, diffBetween, invertDiff, isEmpty, type RecordMap, type RecordWithId } from '../document/diff.ts'

/** What can be undone, oldest first, and redone, next last: all that must be kept to go on later. */
export interface KeptHistory<R extends RecordWithId> { readonly done: readonly Diff<R>[]; readonly undone: readonly Diff<R>[] }

interface Mark<R extends RecordWithId> { diff: Diff<R>; gesture: string | null }

/**
 * Undo and redo over a document of records. One mark is one thing a person did; edits that share a `gesture` (a held
 * arrow key, typing in one field) fold into the mark before them until `settle` closes it.
 */
export class History<R extends RecordWithId> {
  #document: RecordMap<R>
  readonly #done: Mark<R>[] = []
  readonly #undone: Mark<R>[] = []

  /** @param kept what could be undone and redone when the document was last open */
  constructor(document: RecordMap<R>, kept: KeptHistory<R> = { done: [], undone: [] }) {
    this.#document = document
    this.#done.push(...kept.done.map((diff) => ({ diff, gesture: null })))
    this.#undone.push(...kept.undone.map((diff) => ({ diff, gesture: null })))
  }

  get document(): RecordMap<R> {
    return this.#document
  }

  get canUndo(): boolean {
    return this.#done.length > 0
  }

  get canRedo(): boolean {
    return this.#undone.length > 0
  }

  /** Applies an edit and remembers it; what was undone before is no longer reachable. Returns whether anything changed. */
  change(diff: Diff<R>, gesture: string | null = null): boolean {
    if (isEmpty(diff)) return false
    const before = this.#document
    this.#document = applyDiff(before, diff)
    this.#undone.length = 0
    const last = this.#done.at(-1)
    if (gesture !== null && last?.gesture === gesture) {
      const start = applyDiff(before, invertDiff(last.diff))
      last.diff = diffBetween(start, this.#document)
    } else this.#done.push({ diff, gesture })
    return true
  }

  /** The newest marks of each side: at most `limit` on each, and after the newest only as many as hold `records` records together. */
  kept(limit: number, records = Infinity): KeptHistory<R> {
    const newest = (marks: readonly Mark<R>[]): Diff<R>[] => {
      const diffs = marks.slice(-limit).map(({ diff }) => diff)
      let held = 0
      const tooMuch = diffs.findLastIndex(({ added, removed, updated }, i) => {
        held += added.length + removed.length + 2 * updated.length
        return i < diffs.length - 1 && held > records
      })
      return diffs.slice(tooMuch + 1)
    }
    return { done: newest(this.#done), undone: newest(this.#undone) }
  }

  /** Ends the gesture in hand: the next edit is a mark of its own even under the same gesture name. */
  settle(): void {
    const last = this.#done.at(-1)
    if (last !== undefined) last.gesture = null
  }

  undo(): Diff<R> | null {
    const mark = this.#done.pop()
    if (mark === undefined) return null
    const diff = invertDiff(mark.diff)
    this.#document = applyDiff(this.#document, diff)
    this.#undone.push({ diff: mark.diff, gesture: null })
    return diff
  }

  redo(): Diff<R> | null {
    const mark = this.#undone.pop()
    if (mark === undefined) return null
    this.#document = applyDiff(this.#document, mark.diff)
    this.#done.push(mark)
    return mark.diff
  }
}
