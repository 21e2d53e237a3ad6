import { defineStore } from 'pinia'
import { computed, shallowRef, triggerRef } from 'vue'
import type { EditingState, Rival } from '#shared/contract/editing.ts'
import type { TrajectoryDetail } from '#shared/contract/trajectories.ts'
import type { TrajectoryId } from '#shared/domain/ids.ts'
import type { Review } from '#shared/domain/review.ts'
import type { SaveState, Saving } from '../canvas/document/editSaver.ts'
import { EditedPath } from '../canvas/document/editedPath.ts'
import { NO_STATEMENT, shapesOf, statementRecord } from '../canvas/document/pathDocument.ts'
import { api } from '../client/client.ts'
import { failureOf } from '../client/failure.ts'
import { chosenShapes } from './chosenShapes.ts'
import { type Opened, PathShelf, type Session } from './pathShelf.ts'
import { usePreferences } from './preferences.ts'
import { useSaving } from './saving.ts'

/** The path under review: what the project holds (`detail`) and what the person makes of it (`path`). */
export const usePathEditor = defineStore('pathEditor', () => {
  const saving = useSaving()
  const preferences = usePreferences()
  const detail = shallowRef<TrajectoryDetail | null>(null)
  const path = shallowRef<EditedPath | null>(null)
  /** The path's operations by step before any person edited it. */
  const original = shallowRef<EditingState['original']>([])
  const { chosen, selected, isChosen } = chosenShapes()
  /** Other newest versions of the open path: somebody edited it elsewhere. */
  const rivals = shallowRef<readonly Rival[]>([])
  /** The newest version that was stored, of this path or of one left before its edits were. */
  const stored = shallowRef<{ from: TrajectoryId; detail: TrajectoryDetail } | null>(null)
  const unsaved = new Set<EditedPath>()
  const shelf = new PathShelf()
  let opening = 0

  const document = computed(() => path.value?.document ?? new Map())
  const canUndo = computed(() => path.value?.canUndo ?? false)
  const canRedo = computed(() => path.value?.canRedo ?? false)
  const statement = computed(() => statementRecord(document.value))

  /** Opens a path for editing; edits of the path before it go on being saved. */
  async function open(id: TrajectoryId): Promise<void> {
    const mine = ++opening
    const known = shelf.find(id)
    if (known !== undefined) {
      show(known, [])
      await known.path.whenSaved()
      return readRivals()
    }
    const found = await shelf.read(id, preferences.reviewer)
    if (mine === opening) show(edited(found), found.editing.rivals)
  }

  function show(session: Session, others: readonly Rival[]): void {
    shelf.put(session, ({ path: left }) => unsaved.has(left))
    detail.value = session.detail
    original.value = session.original
    rivals.value = others
    path.value = session.path
  }

  /** Reads everything anew: another reviewer looks at it, or it changed elsewhere. */
  async function forget(): Promise<void> {
    const own = path.value
    await shelf.clear()
    if (own !== null && path.value === own) await open(own.head)
  }

  function close(): void {
    opening++
    detail.value = null
    path.value = null
    rivals.value = []
  }

  function edited(opened: Opened): Session {
    const session = sessionOf(opened, preferences.reviewer, {
      stored: (from, saved) => {
        session.detail = saved
        if (path.value === session.path) [detail.value, rivals.value] = [saved, saved.rivals]
        if (saved.trajectory.id !== from) stored.value = { from, detail: saved }
      },
      saving: ({ status, error, waiting }) => {
        if (waiting > 0) unsaved.add(session.path)
        else unsaved.delete(session.path)
        saving.status = status
        saving.failure = error === null ? null : failureOf(error)
        saving.retry = status === 'failed' ? () => { session.path.retry() } : null
      },
      changed: () => { triggerRef(path) }
    })
    return session
  }

  /** Another window may have stored or chosen a version of the open path. */
  async function readRivals(): Promise<void> {
    const [own, head] = [path.value, path.value?.head]
    if (own === null || head === undefined) return
    const found = await api.editing.open({ id: head, reviewer: preferences.reviewer })
    if (path.value === own && own.head === head) rivals.value = found.rivals
  }

  /** Ends a conflict between the open version and another newest one of the same path. */
  async function settle(rival: TrajectoryId, choice: 'mine' | 'theirs' | 'both'): Promise<void> {
    const own = path.value
    if (own === null) return
    await own.whenSaved()
    const left = await api.editing.settle({ id: own.head, rival, choice })
    if (path.value === own) rivals.value = left.rivals
  }

  return {
    detail, path, chosen, selected, isChosen, original, rivals, stored, document, canUndo, canRedo, statement, open, forget, close, settle, readRivals,
    /** Reads the paths that may be asked for next, and their pictures, before they are asked for. */
    readAhead: (ids: readonly TrajectoryId[]) => { shelf.readAhead(ids, preferences.reviewer) },
    shapes: (step: number, imageIndex: number | null = null) => shapesOf(document.value, step, imageIndex)
  }
})

/** Whom a session tells of what becomes of its edits. */
interface SessionPorts {
  readonly stored: (from: TrajectoryId, saved: TrajectoryDetail) => void
  readonly saving: (state: SaveState) => void
  readonly changed: () => void
}

function sessionOf({ detail, editing }: Opened, reviewer: string, ports: SessionPorts): Session {
  const statement = newestOf(detail.reviews, reviewer) ?? NO_STATEMENT
  const path = new EditedPath({ trajectory: detail.trajectory, statement, history: editing.history }, {
    save: async (change) => {
      const saved = await store(change, reviewer)
      ports.stored(change.parentId, saved)
      return saved.trajectory.id
    },
    onSaveState: ports.saving, onChange: ports.changed
  })
  return { path, detail, original: editing.original }
}

/** Stores one edit; answers the version there is then. */
async function store({ parentId, change, statement, history }: Saving, reviewer: string): Promise<TrajectoryDetail> {
  if (change !== null) return api.trajectories.saveEdit({ parentId, reviewer, ...change, ...(statement !== null && { statement }), history })
  await api.trajectories.review({ ...statement ?? NO_STATEMENT, trajectoryId: parentId, reviewer, history })
  return api.trajectories.get({ id: parentId })
}

function newestOf(reviews: readonly Review[], reviewer: string): Review | null {
  const mine = reviews.filter((review) => review.reviewer === reviewer)
  return mine.reduce<Review | null>((newest, review) => newest === null || review.createdAt >= newest.createdAt ? review : newest, null)
}
