/** Anything the editor keeps: plain data under an id that never changes. */
export interface RecordWithId { readonly id: string }

/** A document is a map of immutable records; drawing order is a matter of the records, not of the map. */
export type RecordMap<R extends RecordWithId> = ReadonlyMap<string, R>

/** What one edit did, in a form that can be undone: whole records before and after. */
export interface Diff<R extends RecordWithId> {
  readonly added: readonly R[]
  readonly removed: readonly R[]
  readonly updated: readonly (readonly [before: R, after: R])[]
}

export function isEmpty<R extends RecordWithId>(diff: Diff<R>): boolean {
  return diff.added.length + diff.removed.length + diff.updated.length === 0
}

/** The document after `diff`; a record that is already gone or already there is a bug of the caller and throws. */
export function applyDiff<R extends RecordWithId>(document: RecordMap<R>, diff: Diff<R>): RecordMap<R> {
  const next = new Map(document)
  for (const record of diff.removed) {
    if (!next.delete(record.id)) throw new RangeError(`removed record ${record.id} is not in the document`)
  }
  for (const [before, after] of diff.updated) {
    if (!next.has(before.id)) throw new RangeError(`updated record ${before.id} is not in the document`)
    next.set(after.id, after)
  }
  for (const record of diff.added) {
    if (next.has(record.id)) throw new RangeError(`added record ${record.id} is already in the document`)
    next.set(record.id, record)
  }
  return next
}

export function invertDiff<R extends RecordWithId>(diff: Diff<R>): Diff<R> {
  return { added: diff.removed, removed: diff.added, updated: diff.updated.map(([before, after]) => [after, before]) }
}

/** What turns `from` into `to`; records are compared by identity, as every edit replaces the record it touches. */
export function diffBetween<R extends RecordWithId>(from: RecordMap<R>, to: RecordMap<R>): Diff<R> {
  const added: R[] = []
  const updated: [R, R][] = []
  for (const [id, after] of to) {
    const before = from.get(id)
    if (before === undefined) added.push(after)
    else if (before !== after) updated.push([before, after])
  }
  return { added, removed: [...from.values()].filter((record) => !to.has(record.id)), updated }
}
