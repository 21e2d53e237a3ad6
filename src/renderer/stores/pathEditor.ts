import { defineStore } from 'pinia'
import { computed, shallowRef } from 'vue'
import type { TrajectoryDetail } from '#shared/contract/trajectories.ts'
import type { DrawOp } from '#shared/domain/drawOp.ts'
import type { TrajectoryId } from '#shared/domain/ids.ts'
import type { Review, Verdict } from '#shared/domain/review.ts'
import { EditSaver } from '../canvas/document/editSaver.ts'
import {
  addShape, changeAnswer, changeShape, changeThought, documentOf, type PathDiff, type PathDocument, type PathRecord, removeShapes, shapesOf
} from '../canvas/document/pathDocument.ts'
import { History } from '../canvas/history/history.ts'
import { api } from '../client/client.ts'
import { failureOf } from '../client/failure.ts'
import { pictureUrl } from '../client/pictures.ts'
import { usePreferences } from './preferences.ts'
import { useSaving } from './saving.ts'

/** The path under review: what the project holds, what the person made of it, and the queue between the two. */
export const usePathEditor = defineStore('pathEditor', () => {
  const saving = useSaving()
  const preferences = usePreferences()
  const detail = shallowRef<TrajectoryDetail | null>(null)
  const document = shallowRef<PathDocument>(new Map())
  const canUndo = shallowRef(false)
  const canRedo = shallowRef(false)
  let history = new History<PathRecord>(new Map())
  let saver: EditSaver | null = null
  let ahead: { id: TrajectoryId; detail: Promise<TrajectoryDetail> } | null = null
  let opening = 0

  const myReview = computed<Review | null>(() => {
    const mine = (detail.value?.reviews ?? []).filter((review) => review.reviewer === preferences.reviewer)
    return mine.reduce<Review | null>((newest, review) => newest === null || review.createdAt >= newest.createdAt ? review : newest, null)
  })

  /** Opens a path for editing; edits of the path before it go on being saved. */
  async function open(id: TrajectoryId): Promise<void> {
    const mine = ++opening
    const found = await (ahead?.id === id ? ahead.detail : api.trajectories.get({ id }))
    ahead = null
    if (mine !== opening) return
    detail.value = found
    history = new History<PathRecord>(documentOf(found.trajectory))
    show()
    saver = makeSaver(found)
  }

  /** Reads the path that will be asked for next, and its first picture, before it is asked for. */
  async function prefetch(id: TrajectoryId): Promise<void> {
    const detail = api.trajectories.get({ id })
    ahead = { id, detail }
    const first = await detail.then(({ item }) => item.images[0], () => undefined)
    if (first !== undefined) new Image().src = pictureUrl(first.blob)
  }

  function close(): void {
    opening++
    detail.value = null
    saver = null
    history = new History<PathRecord>(new Map())
    show()
  }

  function makeSaver(start: TrajectoryDetail): EditSaver {
    const own = new EditSaver(
      { head: start.trajectory.id, document: documentOf(start.trajectory) },
      async (edit) => {
        const saved = await api.trajectories.saveEdit({ ...edit, reviewer: preferences.reviewer })
        if (saver === own) detail.value = saved
        return saved.trajectory.id
      },
      (state) => {
        saving.edits = state.status
        saving.failure = state.error === null ? null : failureOf(state.error)
        saving.retry = state.status === 'failed' ? () => { own.retry() } : null
      }
    )
    return own
  }

  function show(): void {
    document.value = history.document
    canUndo.value = history.canUndo
    canRedo.value = history.canRedo
  }

  function commit(diff: PathDiff, gesture: string | null = null): void {
    if (!history.change(diff, gesture)) return
    show()
    saver?.push(history.document, gesture)
  }

  function add(step: number, op: DrawOp): string {
    const id = crypto.randomUUID()
    commit(addShape(history.document, step, op, id))
    return id
  }

  function change(id: string, op: DrawOp, gesture: string | null = null): void {
    commit(changeShape(history.document, id, op), gesture)
  }

  function undo(): void {
    if (history.undo() === null) return
    show()
    saver?.push(history.document)
  }

  function redo(): void {
    if (history.redo() === null) return
    show()
    saver?.push(history.document)
  }

  /** Appends this reviewer's statement; what they said before about the rest stays as it was. */
  async function review(change: { verdict?: Verdict | null; reflective?: boolean | null; comment?: string }): Promise<void> {
    const current = detail.value
    if (current === null) return
    const before = myReview.value
    const said = await saving.reviewing(() => api.trajectories.review({
      trajectoryId: current.trajectory.id, reviewer: preferences.reviewer,
      verdict: change.verdict === undefined ? before?.verdict ?? null : change.verdict,
      reflective: change.reflective === undefined ? before?.reflective ?? null : change.reflective,
      comment: change.comment ?? before?.comment ?? ''
    }))
    if (detail.value?.trajectory.id === said.trajectoryId) detail.value = { ...detail.value, reviews: [...detail.value.reviews, said] }
  }

  return {
    detail, document, canUndo, canRedo, myReview, open, prefetch, close, add, change, undo, redo, review,
    settle: () => { history.settle() },
    remove: (ids: readonly string[]) => { commit(removeShapes(history.document, ids)) },
    setThought: (step: number, text: string) => { commit(changeThought(history.document, step, text)) },
    setAnswer: (text: string) => { commit(changeAnswer(history.document, text)) },
    shapes: (step: number, imageIndex: number | null = null) => shapesOf(document.value, step, imageIndex)
  }
})
