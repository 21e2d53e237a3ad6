import { defineStore } from 'pinia'
import { computed, ref, shallowRef, triggerRef } from 'vue'
import type { EditingState, Rival } from '#shared/contract/editing.ts'
import type { TrajectoryDetail } from '#shared/contract/trajectories.ts'
import type { TrajectoryId } from '#shared/domain/ids.ts'
import type { Review, Verdict } from '#shared/domain/review.ts'
import type { Saving } from '../canvas/document/editSaver.ts'
import { EditedPath } from '../canvas/document/editedPath.ts'
import { NO_STATEMENT, shapesOf, statementRecord, stepsWith } from '../canvas/document/pathDocument.ts'
import { api } from '../client/client.ts'
import { failureOf } from '../client/failure.ts'
import { pictureUrl } from '../client/pictures.ts'
import { usePreferences } from './preferences.ts'
import { useSaving } from './saving.ts'

interface Opened { readonly detail: TrajectoryDetail; readonly editing: EditingState }

/** A path under review with the edits made of it; kept for a while after it was left, so that going back shows it at once as it was. */
interface Session { readonly path: EditedPath; detail: TrajectoryDetail; readonly original: EditingState['original']; rivals: readonly Rival[] }

/** Paths left last that stay as they were, besides those whose edits are still being saved. */
const KEPT = 3
/** Pictures of a path that are decoded before it is shown. */
const PICTURES_AHEAD = 12

/** The path under review: what the project holds (`detail`) and what the person makes of it (`path`). */
export const usePathEditor = defineStore('pathEditor', () => {
  const saving = useSaving()
  const preferences = usePreferences()
  const detail = shallowRef<TrajectoryDetail | null>(null)
  const path = shallowRef<EditedPath | null>(null)
  /** The path's operations by step before any person edited it. */
  const original = shallowRef<EditingState['original']>([])
  /** The chosen shape, on the canvas and in the step that drew it. */
  const selected = ref<string | null>(null)
  /** Other newest versions of the open path: somebody edited it elsewhere. */
  const rivals = shallowRef<readonly Rival[]>([])
  /** The newest version that was stored, of this path or of one left before its edits were. */
  const stored = shallowRef<{ from: TrajectoryId; detail: TrajectoryDetail } | null>(null)
  const unsaved = new Set<EditedPath>()
  /** Newest first; the open one is the first. */
  let sessions: Session[] = []
  let ahead = new Map<TrajectoryId, { opened: Promise<Opened>; pictures: HTMLImageElement[] }>()
  let opening = 0

  const document = computed(() => path.value?.document ?? new Map())
  const canUndo = computed(() => path.value?.canUndo ?? false)
  const canRedo = computed(() => path.value?.canRedo ?? false)
  const statement = computed(() => statementRecord(document.value))

  /** Opens a path for editing; edits of the path before it go on being saved. */
  async function open(id: TrajectoryId): Promise<void> {
    const mine = ++opening
    const known = sessions.find(({ path: { head } }) => head === id)
    if (known !== undefined) {
      show(known)
      await known.path.whenSaved()
      known.rivals = (await api.editing.open({ id: known.path.head, reviewer: preferences.reviewer })).rivals
      if (path.value === known.path) rivals.value = known.rivals
      return
    }
    const found = await (ahead.get(id)?.opened ?? read(id, preferences.reviewer))
    if (mine === opening) show(edited(found))
  }

  function show(session: Session): void {
    sessions = [session, ...sessions.filter((other) => other !== session)].filter((each, i) => i <= KEPT || unsaved.has(each.path))
    detail.value = session.detail
    original.value = session.original
    rivals.value = session.rivals
    path.value = session.path
  }

  /** Reads the paths that may be asked for next, and decodes their pictures, before they are asked for; others are given up. */
  function prefetch(ids: readonly TrajectoryId[]): void {
    const wanted = ids.filter((id) => !sessions.some(({ path: { head } }) => head === id))
    ahead = new Map(wanted.map((id) => [id, ahead.get(id) ?? readAhead(id, preferences.reviewer)]))
  }

  /** Reads everything anew that is asked for from now on: another reviewer looks at it, or it changed elsewhere. */
  async function forget(): Promise<void> {
    const own = path.value
    await Promise.all(sessions.map((session) => session.path.whenSaved()))
    sessions = []
    ahead = new Map()
    if (own !== null && path.value === own) await open(own.head)
  }

  function close(): void {
    opening++
    detail.value = null
    path.value = null
    rivals.value = []
  }

  function edited({ detail: start, editing }: Opened): Session {
    const statementBefore = newestOf(start.reviews, preferences.reviewer) ?? NO_STATEMENT
    const own = new EditedPath({ trajectory: start.trajectory, statement: statementBefore, history: editing.history }, {
      save: async (change) => {
        const saved = await store(change, preferences.reviewer)
        Object.assign(session, { detail: saved, rivals: saved.rivals })
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
    for (const session of sessions) if (session.path === own) session.rivals = left.rivals
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

function readAhead(id: TrajectoryId, reviewer: string): { opened: Promise<Opened>; pictures: HTMLImageElement[] } {
  const pictures: HTMLImageElement[] = []
  const opened = read(id, reviewer)
  // Whoever opens the path is told what failed; until then nobody asked for it.
  opened.then(({ detail: { item, trajectory } }) => {
    const drawn = trajectory.steps.flatMap(({ observations }) => observations.map(({ image }) => image))
    for (const { blob } of [...item.images, ...drawn].slice(0, PICTURES_AHEAD)) {
      const picture = new Image()
      picture.src = pictureUrl(blob)
      pictures.push(picture)
    }
  }, () => undefined)
  return { opened, pictures }
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
