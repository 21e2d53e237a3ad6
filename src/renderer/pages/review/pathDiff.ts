import { coordinatesOf, type DrawOp } from '#shared/domain/drawOp.ts'
import type { Step, Trajectory } from '#shared/domain/trajectory.ts'
import { normaliseBox } from '#shared/geometry/box.ts'
import { intersectionOverUnion } from '#shared/geometry/iou.ts'
import { rootsOf } from '#shared/geometry/revision.ts'
import { scaleOp } from '#shared/geometry/space.ts'

type ComparedPath = Pick<Trajectory, 'steps' | 'modelSizes'>

/** Two shapes that say the same thing in two paths, or one that the other path lacks. */
export interface ShapePair {
  readonly left: DrawOp | null
  readonly right: DrawOp | null
  /** How far they are apart; null where one is missing. */
  readonly apart: ShapeDistance | null
}

/** How far the first corner (or the start) and the second (or the end) lie from their partners in the left path's pixels; of boxes how much they overlap, 0 to 1. */
export interface ShapeDistance { readonly first: number; readonly second: number; readonly iou: number | null }

/** The same step of two paths; null where one has ended. */
export interface StepPair {
  readonly left: Step | null
  readonly right: Step | null
  readonly sameThought: boolean
  readonly sameAction: boolean
  readonly shapes: readonly ShapePair[]
}

/**
 * Two paths of one item beside each other, step by step. Shapes of a step are matched by kind, label and given picture in drawing
 * order, then by kind and picture alone; those of the right path are brought to the left one's picture sizes first.
 */
export function comparePaths(left: ComparedPath, right: ComparedPath): StepPair[] {
  const [leftRoot, rightRoot] = [rootsOf(left.steps), rootsOf(right.steps)]
  return Array.from({ length: Math.max(left.steps.length, right.steps.length) }, (_, index) => {
    const [a, b] = [left.steps[index] ?? null, right.steps[index] ?? null]
    const rooted = (step: Step | null, root: (image: number) => number): DrawOp[] => opsOf(step).map((op) => ({ ...op, imageIndex: root(op.imageIndex) }))
    const rightOps = rooted(b, rightRoot).map((op) => inSizesOf(op, left, right))
    return {
      left: a, right: b, sameThought: a?.thought === b?.thought, sameAction: isSameAction(a, b),
      shapes: matched(rooted(a, leftRoot), rightOps)
    }
  })
}

/** Turns without an action are compared as they were written. */
function isSameAction(a: Step | null, b: Step | null): boolean {
  if (a?.action.kind === 'none' && b?.action.kind === 'none') return a.text === b.text
  return JSON.stringify(a?.action) === JSON.stringify(b?.action)
}

function opsOf(step: Step | null): readonly DrawOp[] {
  return step?.action.kind === 'draw' ? step.action.ops : []
}

function inSizesOf(op: DrawOp, left: ComparedPath, right: ComparedPath): DrawOp {
  const [to, from] = [left.modelSizes[op.imageIndex - 1], right.modelSizes[op.imageIndex - 1]]
  if (to === undefined || from === undefined || (to.width === from.width && to.height === from.height)) return op
  return scaleOp(op, to.width / from.width, to.height / from.height)
}

function matched(left: readonly DrawOp[], right: readonly DrawOp[]): ShapePair[] {
  const free = new Set(right)
  const partners = new Map<DrawOp, DrawOp>()
  for (const alike of [sameName, samePicture]) {
    for (const op of left) {
      if (partners.has(op)) continue
      const found = [...free].find((other) => alike(op, other))
      if (found === undefined) continue
      partners.set(op, found)
      free.delete(found)
    }
  }
  const pairs = left.map((op) => pairOf(op, partners.get(op) ?? null))
  return [...pairs, ...[...free].map((op) => pairOf(null, op))]
}

function pairOf(left: DrawOp | null, right: DrawOp | null): ShapePair {
  return { left, right, apart: left === null || right === null ? null : distanceOf(left, right) }
}

/** Corners of boxes from upper left to lower right, however they were written. */
function distanceOf(left: DrawOp, right: DrawOp): ShapeDistance {
  const ends = (op: DrawOp): number[] => op.kind === 'box' ? normaliseBox(op.box) : coordinatesOf(op)
  const [[ax1 = 0, ay1 = 0, ax2 = 0, ay2 = 0], [bx1 = 0, by1 = 0, bx2 = 0, by2 = 0]] = [ends(left), ends(right)]
  return {
    first: Math.hypot(ax1 - bx1, ay1 - by1), second: Math.hypot(ax2 - bx2, ay2 - by2),
    iou: left.kind === 'box' && right.kind === 'box' ? intersectionOverUnion(left.box, right.box) : null
  }
}

function sameName(a: DrawOp, b: DrawOp): boolean {
  return samePicture(a, b) && a.label === b.label
}

function samePicture(a: DrawOp, b: DrawOp): boolean {
  return a.kind === b.kind && a.imageIndex === b.imageIndex
}
