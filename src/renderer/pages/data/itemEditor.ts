import { defineStore } from 'pinia'
import { computed, ref, shallowRef, triggerRef } from 'vue'
import type { ItemField } from '#shared/domain/itemFields.ts'
import { ItemId } from '#shared/domain/ids.ts'
import { api } from '../../client/client.ts'
import { type Failure, failureOf } from '../../client/failure.ts'
import { usePreferences } from '../../stores/preferences.ts'
import { useItemDrafts } from './itemDrafts.ts'
import type { ItemDraft, ItemSaver } from './itemSaver.ts'
import { undoSteps } from './itemUndo.ts'

/** How long a person may pause while they type before what they typed is stored, in milliseconds. */
const PAUSE = 800

/** The item open on the Data page: what the project holds and what the person makes of it. */
export const useItemEditor = defineStore('itemEditor', () => {
  const preferences = usePreferences()
  const saver = shallowRef<ItemSaver | null>(null)
  const failure = shallowRef<Failure | null>(null)
  /** Counts what was stored of the open item, and of its paths' rewards, for lists that show them. */
  const stored = ref(0)
  const draftOf = useItemDrafts((own, isStored) => {
    if (isStored) stored.value++
    if (saver.value === own) triggerRef(saver)
  })
  let opening = 0
  let typing: ReturnType<typeof setTimeout> | undefined

  const opened = computed(() => saver.value?.opened ?? null)
  const item = computed(() => saver.value?.item ?? null)
  const issues = computed(() => saver.value?.issues ?? [])
  const conflicts = computed(() => saver.value?.conflicts ?? [])
  const steps = computed(() => opened.value === null ? { undo: null, redo: null } : undoSteps(opened.value.item.version, opened.value.changes))

  /** Opens an item; what can be stored of the one before it is. */
  async function open(id: ItemId): Promise<void> {
    const mine = ++opening
    close()
    try {
      const found = await api.itemEdits.open({ id })
      if (mine !== opening) return
      failure.value = null
      saver.value = draftOf(id, found)
    } catch (error) {
      if (mine === opening) failure.value = failureOf(error)
    }
  }

  /** Reads the open item anew: a job, or somebody else, may have changed what is told beside it. */
  async function refresh(): Promise<void> {
    const own = saver.value
    if (own === null) return
    try {
      own.take(await api.itemEdits.open({ id: ItemId.parse(own.opened.item.id) }))
    } catch (error) {
      failure.value = failureOf(error)
    }
  }

  function close(): void {
    void flush()
    saver.value = null
  }

  /** Takes an edit; `typed` ones are stored once the person pauses or leaves the field. */
  function set(fields: ItemDraft, how: 'typed' | 'done' = 'done'): void {
    saver.value?.set(fields)
    clearTimeout(typing)
    if (how === 'done') void flush()
    else typing = setTimeout(() => { void flush() }, PAUSE)
  }

  async function flush(): Promise<void> {
    clearTimeout(typing)
    await saver.value?.flush()
  }

  /** Reads like an earlier version from now on. */
  async function restore(version: number, kind: 'restore' | 'undo' | 'redo' = 'restore'): Promise<void> {
    const own = saver.value
    if (own === null) return
    await own.flush()
    own.discard()
    const id = ItemId.parse(own.opened.item.id)
    try {
      own.take(await api.itemEdits.restore({ id, author: preferences.reviewer, baseVersion: own.opened.item.version, version, kind }))
    } catch (error) {
      void refresh()
      throw error
    }
  }

  /** Takes back what is not stored, else the last version. */
  async function undo(): Promise<void> {
    await flush()
    if (saver.value?.discard() === true || steps.value.undo === null) return
    await restore(steps.value.undo, 'undo')
  }

  async function redo(): Promise<void> {
    if (steps.value.redo !== null) await restore(steps.value.redo, 'redo')
  }

  /** Scores the item's paths of earlier versions by the question as it is now. */
  async function rescore(): Promise<{ scored: number; left: number } | null> {
    const own = saver.value
    if (own === null) return null
    const done = await api.itemEdits.rescore({ id: ItemId.parse(own.opened.item.id) })
    own.take(done.opened)
    stored.value++
    return done
  }

  return { opened, item, issues, conflicts, steps, failure, stored, draft: computed(() => saver.value?.draft ?? {}), open, refresh, close, set, flush, restore, undo, redo, rescore, settle: async (mine: readonly ItemField[]) => { await saver.value?.settle(mine) } }
})
