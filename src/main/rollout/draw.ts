import type { DrawOp } from '#shared/domain/drawOp.ts'
import { SightlineError } from '#shared/domain/errors.ts'

/** What each image of the dialogue carries, in drawing order (boxes, then lines); position k holds image k + 1. */
export type DrawingState = {
  readonly carried: readonly (readonly DrawOp[])[]
  /** Per image the 1-based index of the given picture it descends from. */
  readonly roots: readonly number[]
}

/** One new picture: a copy of image `sourceIndex` with everything in `shapes` on it (1-based indices). */
export type NewPicture = { readonly sourceIndex: number; readonly newIndex: number; readonly shapes: DrawOp[] }

/** The state before the first turn: `imageCount` given pictures that carry nothing. */
export function startDrawing(imageCount: number): DrawingState {
  const given = Array.from({ length: imageCount }, (_, position) => position + 1)
  return { carried: given.map(() => []), roots: given }
}

/** Image indices (1-based) that operations name and the dialogue does not have, without repeats. */
export function missingImages(state: DrawingState, operations: readonly DrawOp[]): number[] {
  const missing = operations.map((op) => op.imageIndex).filter((index) => state.carried[index - 1] === undefined)
  return [...new Set(missing)]
}

/**
 * Apply one turn's operations (METHOD.md section 1): boxes are grouped by image before lines, each group makes one new
 * image that carries what its source carries, merged by label per kind: the same label is replaced in place, a new one
 * is appended. Pure; throws SightlineError where an image does not exist (check `missingImages` first).
 */
export function applyOperations(state: DrawingState, operations: readonly DrawOp[]): { state: DrawingState; observations: NewPicture[] } {
  const ordered = [...operations.filter((op) => op.kind === 'box'), ...operations.filter((op) => op.kind === 'line')]
  const groups = Map.groupBy(ordered, (op) => op.imageIndex)
  const carried = [...state.carried]
  const roots = [...state.roots]
  const observations: NewPicture[] = []
  for (const [sourceIndex, group] of groups) {
    const source = state.carried[sourceIndex - 1]
    if (!source) {
      throw new SightlineError('bad_input', `There is no image ${sourceIndex}`, { advice: `Draw on one of the images 1 to ${state.carried.length}` })
    }
    const shapes = mergeByLabel(source, group)
    carried.push(shapes)
    roots.push(state.roots[sourceIndex - 1] ?? sourceIndex)
    observations.push({ sourceIndex, newIndex: carried.length, shapes })
  }
  return { state: { carried, roots }, observations }
}

function mergeByLabel(existing: readonly DrawOp[], added: readonly DrawOp[]): DrawOp[] {
  const boxes = new Map<string, DrawOp>()
  const lines = new Map<string, DrawOp>()
  for (const op of [...existing, ...added]) (op.kind === 'box' ? boxes : lines).set(op.label, op)
  return [...boxes.values(), ...lines.values()]
}
