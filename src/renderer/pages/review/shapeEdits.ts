import { storeToRefs } from 'pinia'
import { type Ref, ref } from 'vue'
import { coordinatesOf, type DrawOp } from '#shared/domain/drawOp.ts'
import type { ToolName } from '../../canvas/fabricView/fabricView.ts'
import type { SceneShape } from '../../canvas/scene.ts'
import { centredShape, type Four, type Frame, freeLabels, insideFrame, moveAllBy, moveBy, resizeBy, withCoordinates } from '../../canvas/tools/adjust.ts'
import { toggled } from '../../canvas/tools/choosing.ts'
import { type Draft, finishDraft } from '../../canvas/tools/draft.ts'
import { usePathEditor } from '../../stores/pathEditor.ts'

/** The picture and step that edits go to. */
export interface EditPlace {
  readonly step: () => number
  readonly imageIndex: () => number
  readonly frame: () => Frame
  readonly zoom: () => number
  readonly shapes: () => readonly SceneShape[]
  /** Labels a new shape must not take by chance: the same label means a correction. */
  readonly taken: () => readonly string[]
  readonly editable: () => boolean
}

/** What can be done to the shapes of a step on one picture, by pointer, key or field: all that are chosen at once, undone together. */
export function useShapeEdits(place: EditPlace, tool: Ref<ToolName>) {
  const editor = usePathEditor()
  const { chosen, selected } = storeToRefs(editor)
  /** Counts gestures that may have left the canvas elsewhere than the document: it is shown again. */
  const settled = ref(0)

  const shapes = (): SceneShape[] => place.shapes().filter(({ id }) => editor.isChosen(id))
  const newLabel = (): string => freeLabels(place.taken(), 1)[0] ?? ''

  function edit(change: (ops: readonly DrawOp[], frame: Frame) => readonly DrawOp[], gesture: string | null = null): void {
    const edited = shapes()
    if (edited.length === 0 || !place.editable()) return
    const changed = change(edited.map(({ op }) => op), place.frame())
    const ids = edited.map(({ id }) => id)
    editor.path?.change(new Map(edited.map(({ id, op }, i) => [id, changed[i] ?? op])), gesture === null ? null : `${gesture} ${ids.join(' ')}`)
  }

  function editOne(change: (op: DrawOp, frame: Frame) => DrawOp, gesture: string | null = null): void {
    edit((ops, frame) => ops.length === 1 ? ops.map((op) => change(op, frame)) : ops, gesture)
  }

  function add(ops: readonly DrawOp[]): void {
    if (ops.length === 0 || !place.editable()) return
    chosen.value = editor.path?.add(place.step(), ops) ?? []
    tool.value = 'select'
  }

  function walkTo(by: -1 | 1): string | null {
    const all = place.shapes()
    const at = all.findIndex(({ id }) => id === chosen.value.at(-1))
    const next = at === -1 && by === -1 ? all.length - 1 : (at + by + all.length) % all.length
    return all[next]?.id ?? null
  }

  return {
    chosen, selected, settled,
    drawn: (draft: Draft) => {
      const op = finishDraft(draft, place.frame(), 4 / place.zoom(), place.imageIndex(), newLabel())
      if (op !== null) add([op])
    },
    addCentred: (kind: DrawOp['kind']) => { add([centredShape(kind, place.frame(), place.imageIndex(), newLabel())]) },
    changed: (id: string, four: Four, moved: boolean) => {
      const op = place.shapes().find((known) => known.id === id)?.op
      if (op !== undefined && place.editable()) {
        const [x1, y1] = coordinatesOf(op)
        const next = moved ? moveBy(op, four[0] - x1, four[1] - y1, place.frame()) : withCoordinates(op, four)
        editor.path?.change(new Map([[id, insideFrame(next, place.frame())]]))
      }
      settled.value++
    },
    /** Several were carried by the pointer: whole pixels, so that none changes its size. */
    carried: (dx: number, dy: number) => { edit((ops, frame) => moveAllBy(ops, Math.round(dx), Math.round(dy), frame)) },
    set: (op: DrawOp) => { editOne((_op, frame) => insideFrame(op, frame)) },
    relabel: (label: string) => { edit((ops) => ops.map((op) => ({ ...op, label }))) },
    clip: () => { edit((ops, frame) => ops.map((op) => insideFrame(op, frame))) },
    nudge: (dx: number, dy: number) => { edit((ops, frame) => moveAllBy(ops, dx, dy, frame), 'nudge') },
    resize: (dx: number, dy: number) => { editOne((op, frame) => resizeBy(op, dx, dy, frame), 'resize') },
    duplicate: () => {
      const copies = moveAllBy(shapes().map(({ op }) => op), 4, 4, place.frame())
      const labels = freeLabels(place.taken(), copies.length)
      add(copies.map((op, i) => ({ ...op, label: labels[i] ?? '' })))
    },
    remove: () => {
      const removed = shapes().map(({ id }) => id)
      if (removed.length === 0 || !place.editable()) return
      editor.path?.remove(removed)
      chosen.value = []
    },
    reorder: (by: -1 | 1) => { if (selected.value !== null && place.editable()) editor.path?.reorder(selected.value, by) },
    /** The next shape in writing order (1) or the one before (-1), round and round. */
    walk: (by: -1 | 1) => { selected.value = walkTo(by) },
    /** The same, keeping those chosen. */
    walkAlso: (by: -1 | 1) => {
      const id = walkTo(by)
      if (id !== null) chosen.value = [...chosen.value.filter((each) => each !== id), id]
    },
    chooseAll: () => { chosen.value = place.shapes().map(({ id }) => id) },
    toggle: (id: string) => { chosen.value = toggled(chosen.value, id) }
  }
}

/** What an arrow key means, `by` pixels at a time. */
export function arrowOf(key: string, by: number): [number, number] {
  if (key === 'ArrowLeft' || key === 'ArrowRight') return [key === 'ArrowLeft' ? -by : by, 0]
  return [0, key === 'ArrowUp' ? -by : by]
}
