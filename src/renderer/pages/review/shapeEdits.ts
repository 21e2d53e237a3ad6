import { storeToRefs } from 'pinia'
import { type Ref, ref } from 'vue'
import { coordinatesOf, type DrawOp } from '#shared/domain/drawOp.ts'
import type { ToolName } from '../../canvas/fabricView/fabricView.ts'
import type { SceneShape } from '../../canvas/scene.ts'
import { centredShape, type Four, type Frame, freeLabel, insideFrame, moveBy, resizeBy, withCoordinates } from '../../canvas/tools/adjust.ts'
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

/** What can be done to the shapes of a step, by pointer, key or field. */
export function useShapeEdits(place: EditPlace, tool: Ref<ToolName>) {
  const editor = usePathEditor()
  const { selected } = storeToRefs(editor)
  /** Counts gestures that may have left the canvas elsewhere than the document: it is shown again. */
  const settled = ref(0)

  const chosen = (): SceneShape | undefined => place.shapes().find(({ id }) => id === selected.value)
  const newLabel = (): string => freeLabel(place.taken())

  function edit(change: (op: DrawOp, frame: Frame) => DrawOp, gesture: string | null = null): void {
    const shape = chosen()
    if (shape !== undefined && place.editable()) editor.path?.change(shape.id, change(shape.op, place.frame()), gesture === null ? null : `${gesture} ${shape.id}`)
  }

  function add(op: DrawOp | null): void {
    if (op === null || !place.editable()) return
    selected.value = editor.path?.add(place.step(), op) ?? null
    tool.value = 'select'
  }

  return {
    selected, settled, chosen,
    drawn: (draft: Draft) => { add(finishDraft(draft, place.frame(), 4 / place.zoom(), place.imageIndex(), newLabel())) },
    addCentred: (kind: DrawOp['kind']) => { add(centredShape(kind, place.frame(), place.imageIndex(), newLabel())) },
    changed: (id: string, four: Four, moved: boolean) => {
      const op = place.shapes().find((known) => known.id === id)?.op
      if (op !== undefined && place.editable()) {
        const [x1, y1] = coordinatesOf(op)
        const next = moved ? moveBy(op, four[0] - x1, four[1] - y1, place.frame()) : withCoordinates(op, four)
        editor.path?.change(id, insideFrame(next, place.frame()))
      }
      settled.value++
    },
    set: (op: DrawOp) => { edit((_op, frame) => insideFrame(op, frame)) },
    relabel: (label: string) => { edit((op) => ({ ...op, label })) },
    clip: () => { edit(insideFrame) },
    nudge: (dx: number, dy: number) => { edit((op, frame) => moveBy(op, dx, dy, frame), 'nudge') },
    resize: (dx: number, dy: number) => { edit((op, frame) => resizeBy(op, dx, dy, frame), 'resize') },
    duplicate: () => {
      const op = chosen()?.op
      if (op !== undefined) add({ ...moveBy(op, 4, 4, place.frame()), label: newLabel() })
    },
    remove: () => {
      if (selected.value === null || !place.editable()) return
      editor.path?.remove([selected.value])
      selected.value = null
    },
    reorder: (by: -1 | 1) => { if (selected.value !== null && place.editable()) editor.path?.reorder(selected.value, by) },
    /** The next shape in writing order (1) or the one before (-1), round and round. */
    walk: (by: -1 | 1) => {
      const shapes = place.shapes()
      const at = shapes.findIndex(({ id }) => id === selected.value)
      const next = at === -1 && by === -1 ? shapes.length - 1 : (at + by + shapes.length) % shapes.length
      selected.value = shapes[next]?.id ?? null
    }
  }
}

/** What an arrow key means, `by` pixels at a time. */
export function arrowOf(key: string, by: number): [number, number] {
  if (key === 'ArrowLeft' || key === 'ArrowRight') return [key === 'ArrowLeft' ? -by : by, 0]
  return [0, key === 'ArrowUp' ? -by : by]
}
