import { defineStore } from 'pinia'
import { computed, shallowRef, triggerRef } from 'vue'
import type { TrajectoryDetail } from '#shared/contract/trajectories.ts'
import type { TrajectoryId } from '#shared/domain/ids.ts'
import type { Review, Verdict } from '#shared/domain/review.ts'
import { EditedPath } from '../canvas/document/editedPath.ts'
import { shapesOf } from '../canvas/document/pathDocument.ts'
import { api } from '../client/client.ts'
import { failureOf } from '../client/failure.ts'
import { pictureUrl } from '../client/pictures.ts'
import { usePreferences } from './preferences.ts'
import { useSaving } from './saving.ts'

/** The path under review: what the project holds (`detail`) and what the person makes of it (`path`). */
export const usePathEditor = defineStore('pathEditor', () => {
  const saving = useSaving()
  const preferences = usePreferences()
  const detail = shallowRef<TrajectoryDetail | null>(null)
  const path = shallowRef<EditedPath | null>(null)
  let ahead: { id: TrajectoryId; detail: Promise<TrajectoryDetail> } | null = null
  let opening = 0

  const document = computed(() => path.value?.document ?? new Map())
  const canUndo = computed(() => path.value?.canUndo ?? false)
  const canRedo = computed(() => path.value?.canRedo ?? false)
  const myReview = computed(() => newestOf(detail.value?.reviews ?? [], preferences.reviewer))

  /** Opens a path for editing; edits of the path before it go on being saved. */
  async function open(id: TrajectoryId): Promise<void> {
    const mine = ++opening
    const found = await (ahead?.id === id ? ahead.detail : api.trajectories.get({ id }))
    ahead = null
    if (mine !== opening) return
    detail.value = found
    path.value = edited(found)
  }

  /** Reads the path that will be asked for next, and its first picture, before it is asked for. */
  async function prefetch(id: TrajectoryId): Promise<void> {
    const found = api.trajectories.get({ id })
    ahead = { id, detail: found }
    const first = await found.then(({ item }) => item.images[0], () => undefined)
    if (first !== undefined) new Image().src = pictureUrl(first.blob)
  }

  function close(): void {
    opening++
    detail.value = null
    path.value = null
  }

  function edited(start: TrajectoryDetail): EditedPath {
    const own = new EditedPath(start.trajectory, {
      save: async (edit) => {
        const saved = await api.trajectories.saveEdit({ ...edit, reviewer: preferences.reviewer })
        if (path.value === own) detail.value = saved
        return saved.trajectory.id
      },
      onSaveState: ({ status, error }) => {
        saving.edits = status
        saving.failure = error === null ? null : failureOf(error)
        saving.retry = status === 'failed' ? () => { own.retry() } : null
      },
      onChange: () => { triggerRef(path) }
    })
    return own
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
    detail, path, document, canUndo, canRedo, myReview, open, prefetch, close, review,
    shapes: (step: number, imageIndex: number | null = null) => shapesOf(document.value, step, imageIndex)
  }
})

function newestOf(reviews: readonly Review[], reviewer: string): Review | null {
  const mine = reviews.filter((review) => review.reviewer === reviewer)
  return mine.reduce<Review | null>((newest, review) => newest === null || review.createdAt >= newest.createdAt ? review : newest, null)
}
