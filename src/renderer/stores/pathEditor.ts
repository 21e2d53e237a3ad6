import { defineStore } from 'pinia'
import { computed, shallowRef, triggerRef } from 'vue'
import type { EditingState, Rival } from '#shared/contract/editing.ts'
import type { TrajectoryDetail } from '#shared/contract/trajectories.ts'
import type { TrajectoryId } from '#shared/domain/ids.ts'
import type { Review } from '#shared/domain/review.ts'
import type { Saving } from '../canvas/document/editSaver.ts'
import { EditedPath } from '../canvas/document/editedPath.ts'
import { NO_STATEMENT, shapesOf, statementRecord } from '../canvas/document/pathDocument.ts'
import { api } from '../client/client.ts'
import { failureOf } from '../client/failure.ts'
import { pictureUrl } from '../client/pictures.ts'
import { usePreferences } from './preferences.ts'
import { useSaving } from './saving.ts'

interface Opened { readonly detail: TrajectoryDetail; readonly editing: EditingState }

/** The path under review: what the project holds (`detail`) and what the person makes of it (`path`). */
export const usePathEditor = defineStore('pathEditor', () => {
  const saving = useSaving()
  const preferences = usePreferences()
  const detail = shallowRef<TrajectoryDetail | null>(null)
  const path = shallowRef<EditedPath | null>(null)
  /** The path's operations by step before any person edited it. */
  const original = shallowRef<EditingState['original']>([])
  /** Other newest versions of the open path: somebody edited it elsewhere. */
  const rivals = shallowRef<readonly Rival[]>([])
  /** The newest version that was stored, of this path or of one left before its edits were. */
  const stored = shallowRef<{ from: TrajectoryId; detail: TrajectoryDetail } | null>(null)
  const unsaved = new Set<EditedPath>()
  let ahead: { id: TrajectoryId; opened: Promise<Opened> } | null = null
  let opening = 0

  const document = computed(() => path.value?.document ?? new Map())
  const canUndo = computed(() => path.value?.canUndo ?? false)
  const canRedo = computed(() => path.value?.canRedo ?? false)
  const statement = computed(() => statementRecord(document.value))

  /** Opens a path for editing; edits of the path before it go on being saved. */
  async function open(id: TrajectoryId): Promise<void> {
    const mine = ++opening
    const left = [...unsaved].find(({ head }) => head === id)
    await left?.whenSaved()
    const wanted = left?.head ?? id
    const found = await (ahead?.id === wanted ? ahead.opened : read(wanted, preferences.reviewer))
    ahead = null
    if (mine !== opening) return
    detail.value = found.detail
    original.value = found.editing.original
    rivals.value = found.editing.rivals
    path.value = edited(found)
  }

  /** Reads the path that will be asked for next, and its first picture, before it is asked for. */
  async function prefetch(id: TrajectoryId): Promise<void> {
    const opened = read(id, preferences.reviewer)
    ahead = { id, opened }
    const first = await opened.then(({ detail: { item } }) => item.images[0], () => undefined)
    if (first !== undefined) new Image().src = pictureUrl(first.blob)
  }

  function close(): void {
    opening++
    detail.value = null
    path.value = null
    rivals.value = []
  }

  function edited({ detail: start, editing }: Opened): EditedPath {
    const statementBefore = newestOf(start.reviews, preferences.reviewer) ?? NO_STATEMENT
    const own = new EditedPath({ trajectory: start.trajectory, statement: statementBefore, history: editing.history }, {
      save: async (change) => {
        const saved = await store(change, preferences.reviewer)
        if (path.value === own) {
          detail.value = saved
          rivals.value = saved.rivals
        }
        if (saved.trajectory.id !== change.parentId) stored.value = { from: change.parentId, detail: saved }
        return saved.trajectory.id
      },
      onSaveState: ({ status, error, waiting }) => {
        if (waiting > 0) unsaved.add(own)
        else unsaved.delete(own)
        saving.status = status
        saving.failure = error === null ? null : failureOf(error)
        saving.retry = status === 'failed' ? () => { own.retry() } : null
      },
      onChange: () => { triggerRef(path) }
    })
    const session: Session = { path: own, detail: start, original: editing.original, rivals: editing.rivals }
    return session
  }

  /** Another window may have stored or chosen a version of the open path. */
  async function readRivals(): Promise<void> {
    const [own, head] = [path.value, path.value?.head]
    if (own === null || head === undefined) return
    const found = await api.editing.open({ id: head, reviewer: preferences.reviewer })
    if (path.value === own && own.head === head) rivals.value = found.rivals
  }

  /** Gives the open path's step a verdict, or takes the same one back; its comment stays beside the other one. */
  function sayOfStep(step: number, verdict: Verdict): void {
    const { steps } = statement.value
    const before = steps.find((word) => word.step === step)
    path.value?.say({ steps: stepsWith(steps, step, before?.verdict === verdict ? null : { verdict, comment: before?.comment ?? '' }) })
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
    detail, path, selected, original, rivals, stored, document, canUndo, canRedo, statement, open, prefetch, forget, close, settle, sayOfStep, readRivals,
    shapes: (step: number, imageIndex: number | null = null) => shapesOf(document.value, step, imageIndex)
  }
})

async function read(id: TrajectoryId, reviewer: string): Promise<Opened> {
  const [detail, editing] = await Promise.all([api.trajectories.get({ id }), api.editing.open({ id, reviewer })])
  return { detail, editing }
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
