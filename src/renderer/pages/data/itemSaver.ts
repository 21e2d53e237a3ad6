import type { EditConflicts, OpenedItem } from '#shared/contract/itemEdits.ts'
import { ItemField, type ItemFields, type ItemIssue, itemIssues, newIssues } from '#shared/domain/itemFields.ts'

export type ItemDraft = Partial<ItemFields>

/** `waiting`: what is left cannot be stored as it is (an issue, or a conflict to settle). */
export type ItemSaveStatus = 'saved' | 'saving' | 'waiting' | 'failed'

/** What of a draft can be stored now: a field with a new issue waits, and so do the fields that issue depends on. */
export function storable(item: ItemFields, draft: ItemDraft): ItemDraft {
  const waiting = new Set(newIssues(item, { ...item, ...draft }).flatMap(({ on }) => on))
  const ready = pick(draft, (field) => !waiting.has(field))
  return newIssues(item, { ...item, ...ready }).length === 0 ? ready : {}
}

/**
 * Stores an item's edits, one request at a time, each on the version it was made on. What cannot be stored stays in the draft, and a
 * conflict leaves both sides standing until a person has chosen. It is tested without a window.
 */
export class ItemSaver {
  opened: OpenedItem
  draft: ItemDraft = {}
  /** Fields that somebody else changed meanwhile; `opened` holds what they made of them. */
  conflicts: EditConflicts = []
  status: ItemSaveStatus = 'saved'
  error: unknown = null
  readonly #send: (baseVersion: number, fields: ItemDraft) => Promise<{ conflicts: EditConflicts; opened: OpenedItem }>
  readonly #tell: () => void
  #running: Promise<void> | null = null

  /** @param tell called after every change of state */
  constructor(opened: OpenedItem, send: (baseVersion: number, fields: ItemDraft) => Promise<{ conflicts: EditConflicts; opened: OpenedItem }>, tell: () => void) {
    this.opened = opened
    this.#send = send
    this.#tell = tell
  }

  /** The item as it stands in the form. */
  get item(): ItemFields {
    return { ...this.opened.item, ...this.draft }
  }

  get issues(): ItemIssue[] {
    return itemIssues(this.item)
  }

  get dirty(): boolean {
    return Object.keys(this.draft).length > 0
  }

  /** Nothing of what is not stored could be: it has to be mended, or a conflict settled. */
  get blocked(): boolean {
    return this.dirty && Object.keys(this.#ready()).length === 0
  }

  /** Takes an edit into the draft; `flush` stores it. */
  set(fields: ItemDraft): void {
    this.draft = this.#changed({ ...this.draft, ...fields })
    if (this.status !== 'saving') this.status = this.dirty ? 'waiting' : 'saved'
    this.#tell()
  }

  /** Gives up what is not stored; returns whether there was anything. */
  discard(): boolean {
    const had = this.dirty
    this.conflicts = []
    this.set({ ...this.opened.item })
    return had
  }

  /** Stores what can be stored; resolves when that is done, or has failed. */
  flush(): Promise<void> {
    this.#running ??= this.#drain().finally(() => { this.#running = null })
    return this.#running
  }

  /** Ends a conflict: fields of `mine` are written over theirs, the others keep theirs. */
  async settle(mine: readonly ItemField[]): Promise<void> {
    const met = this.conflicts.map(({ field }) => field)
    this.conflicts = []
    this.draft = pick(this.draft, (field) => !met.includes(field) || mine.includes(field))
    this.set({})
    await this.flush()
  }

  /**
   * The item as the project holds it now, e.g. after a restore; an answer that was overtaken by a newer one is not taken. Where somebody
   * changed what the draft changes too, that is a conflict: the draft was made on what they have replaced.
   */
  take(opened: OpenedItem): void {
    const before = this.opened.item
    if (opened.item.version < before.version) return
    this.opened = opened
    const met = fieldsOf(this.#changed(this.draft)).filter((field) => !same(before[field], opened.item[field]))
    const authorOf = (field: ItemField): string => opened.changes.find(({ diff }) => diff[field] !== undefined)?.author ?? ''
    this.conflicts = [...this.conflicts.filter(({ field }) => !met.includes(field)), ...met.map((field) => ({ field, author: authorOf(field) }))]
    this.set({})
  }

  async #drain(): Promise<void> {
    for (let ready = this.#ready(); Object.keys(ready).length > 0; ready = this.#ready()) {
      this.#say('saving', null)
      try {
        const { conflicts, opened } = await this.#send(this.opened.item.version, ready)
        this.opened = opened
        this.conflicts = conflicts
      } catch (error) {
        this.#say('failed', error)
        return
      }
      this.draft = this.#changed(this.draft)
    }
    this.#say(this.dirty ? 'waiting' : 'saved', null)
  }

  #ready(): ItemDraft {
    return this.conflicts.length > 0 ? {} : storable(this.opened.item, this.draft)
  }

  #changed(draft: ItemDraft): ItemDraft {
    return pick(draft, (field) => !same(draft[field], this.opened.item[field]))
  }

  #say(status: ItemSaveStatus, error: unknown): void {
    this.status = status
    this.error = error
    this.#tell()
  }
}

function pick(draft: ItemDraft, wanted: (field: ItemField) => boolean): ItemDraft {
  return Object.fromEntries(fieldsOf(draft).filter(wanted).map((field) => [field, draft[field]]))
}

function fieldsOf(draft: ItemDraft): ItemField[] {
  return ItemField.options.filter((field) => draft[field] !== undefined)
}

function same(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b)
}
