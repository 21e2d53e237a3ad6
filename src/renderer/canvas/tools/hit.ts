import { coordinatesOf, type DrawOp } from '#shared/domain/drawOp.ts'
import { boxArea, boxContains, normaliseBox } from '#shared/geometry/box.ts'
import { distanceToSegment, segmentTouches } from '#shared/geometry/line.ts'
import type { Four, Spot } from './adjust.ts'

/**
 * The shape under the pointer: a line within `tolerance` pixels of it, else the smallest box around it, so that a small box
 * inside a large one can be reached.
 */
export function shapeAt<S extends { readonly op: DrawOp }>(shapes: readonly S[], at: Spot, tolerance: number): S | null {
  let best: S | null = null
  let bestSize = Infinity
  for (const shape of shapes) {
    const size = sizeUnder(shape.op, at, tolerance)
    if (size === null || size > bestSize) continue
    best = shape
    bestSize = size
  }
  return best
}

/**
 * The shapes whose outline a rectangle (corners in any order) touches. A box that only surrounds it is left out, so that what lies
 * inside a large box can be chosen without it.
 */
export function shapesTouching<S extends { readonly op: DrawOp }>(shapes: readonly S[], area: Four): S[] {
  const [left, top, right, bottom] = normaliseBox(area)
  return shapes.filter(({ op }) => {
    if (op.kind === 'line') return segmentTouches(op.start, op.end, area)
    const [x1, y1, x2, y2] = normaliseBox(op.box)
    const surrounds = x1 < left && y1 < top && x2 > right && y2 > bottom
    return !surrounds && x1 <= right && y1 <= bottom && x2 >= left && y2 >= top
  })
}

/** What decides between shapes under one place; null where the place is not on the shape. Lines come before all boxes. */
function sizeUnder(op: DrawOp, { x, y }: Spot, tolerance: number): number | null {
  if (op.kind === 'line') return distanceToSegment([x, y], op.start, op.end) <= tolerance ? -1 : null
  const [x1, y1, x2, y2] = coordinatesOf(op)
  const reach: [number, number, number, number] = [Math.min(x1, x2) - tolerance, Math.min(y1, y2) - tolerance, Math.max(x1, x2) + tolerance, Math.max(y1, y2) + tolerance]
  return boxContains(reach, x, y) ? boxArea(op.box) : null
}
