import { coordinatesOf, type DrawOp } from '../domain/drawOp.ts'
import type { OperationPlace } from '../domain/review.ts'
import { normaliseBox } from './box.ts'
import { intersectionOverUnion } from './iou.ts'
import { distance } from './line.ts'

/** One turn as finding revisions needs it: what it drew, and which picture came of which (1-based). */
export interface DrawnStep {
  readonly ops: readonly DrawOp[]
  readonly observations: readonly { readonly sourceIndex: number; readonly newIndex: number }[]
}

/** A shape that was seen and moved: drawn in one step, drawn anew elsewhere in a later one. */
export interface Revision { readonly from: OperationPlace; readonly to: OperationPlace; readonly before: DrawOp; readonly after: DrawOp }

/**
 * Our rule of reflection: two different steps draw the same kind under the same label, on pictures that descend from the same
 * given one, with different geometry. Each is compared with the newest earlier one that differs; a place drawn again and again
 * counts once.
 */
export function revisionsOf(steps: readonly DrawnStep[]): Revision[] {
  const root = rootsOf(steps)
  const seen = new Map<string, { place: OperationPlace; op: DrawOp; at: string }[]>()
  const found: Revision[] = []
  const reached = new Set<string>()
  for (const [step, { ops }] of steps.entries()) {
    for (const [index, op] of ops.entries()) {
      const key = JSON.stringify([op.kind, op.label, root(op.imageIndex)])
      const earlier = seen.get(key) ?? []
      const at = placeOf(op)
      const before = earlier.findLast((other) => other.place.step !== step && other.at !== at)
      seen.set(key, [...earlier, { place: { step, op: index }, op, at }])
      if (before === undefined || reached.has(`${key} ${at}`)) continue
      reached.add(`${key} ${at}`)
      found.push({ from: before.place, to: { step, op: index }, before: before.op, after: op })
    }
  }
  return found
}

/** The given picture each picture (1-based) descends from; indices no step made are their own. */
export function rootsOf(steps: readonly Pick<DrawnStep, 'observations'>[]): (index: number) => number {
  const roots = new Map<number, number>()
  const root = (index: number): number => roots.get(index) ?? index
  for (const { sourceIndex, newIndex } of steps.flatMap(({ observations }) => observations)) roots.set(newIndex, root(sourceIndex))
  return root
}

export type Apart = { readonly iou: number } | { readonly start: number; readonly end: number }

/** How far two shapes are apart: overlap of boxes (0 to 1), distance of both ends of lines (pixels); null for a box and a line. */
export function apart(before: DrawOp, after: DrawOp): Apart | null {
  if (before.kind === 'box' && after.kind === 'box') return { iou: intersectionOverUnion(before.box, after.box) }
  if (before.kind === 'line' && after.kind === 'line') return { start: distance(before.start, after.start), end: distance(before.end, after.end) }
  return null
}

function placeOf(op: DrawOp): string {
  return (op.kind === 'box' ? normaliseBox(op.box) : coordinatesOf(op)).join()
}
