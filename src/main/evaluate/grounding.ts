import type { DatasetItem } from '#shared/domain/datasetItem.ts'
import type { DrawOp } from '#shared/domain/drawOp.ts'
import type { Trajectory } from '#shared/domain/trajectory.ts'
import { intersectionOverUnion } from '#shared/geometry/iou.ts'
import { distance } from '#shared/geometry/line.ts'
import { convertOp } from '#shared/geometry/space.ts'

/** Half of one merged visual token's side, in model pixels: how far a line's end may be off. */
const LINE_REACH = 14

const NEEDED_OVERLAP = 0.5

/**
 * Share of an item's ground-truth shapes that the path's last drawings meet, in 0..1: a box of the same picture with IoU
 * above 0.5, a line whose two ends both lie within half a 28 px cell. Every drawn shape counts once; a later shape with the
 * same label on the same given picture replaces an earlier one, so a corrected mistake is not held against the path and a
 * spoilt shape is. Null without ground truth.
 */
export function groundingScore(item: Pick<DatasetItem, 'truth' | 'images'>, path: Pick<Trajectory, 'steps' | 'modelSizes'>): number | null {
  if (item.truth.length === 0) return null
  const remaining = lastDrawings(path)
  let met = 0
  for (const wanted of item.truth) {
    const goal = inModelSpace(item, path, wanted)
    const found = remaining.findIndex((drawn) => meets(drawn, goal))
    if (found < 0) continue
    met++
    remaining.splice(found, 1)
  }
  return met / item.truth.length
}

/** What a path's drawings come to, `imageIndex` being the given picture each descends from. */
function lastDrawings(path: Pick<Trajectory, 'steps'>): DrawOp[] {
  const roots = new Map<number, number>()
  const latest = new Map<string, DrawOp>()
  for (const { action, observations } of path.steps) {
    const ops = action.kind === 'draw' ? action.ops : []
    for (const op of ops) {
      const imageIndex = roots.get(op.imageIndex) ?? op.imageIndex
      latest.set(JSON.stringify([op.kind, op.label, imageIndex]), { ...op, imageIndex })
    }
    for (const { sourceIndex, newIndex } of observations) roots.set(newIndex, roots.get(sourceIndex) ?? sourceIndex)
  }
  return [...latest.values()]
}

function inModelSpace(item: Pick<DatasetItem, 'images'>, path: Pick<Trajectory, 'modelSizes'>, op: DrawOp): DrawOp {
  const source = item.images[op.imageIndex - 1]
  const model = path.modelSizes[op.imageIndex - 1]
  return source && model ? convertOp(op, 'model', { source, model }) : op
}

function meets(drawn: DrawOp, goal: DrawOp): boolean {
  if (drawn.imageIndex !== goal.imageIndex) return false
  if (drawn.kind === 'box') return goal.kind === 'box' && intersectionOverUnion(drawn.box, goal.box) > NEEDED_OVERLAP
  return goal.kind === 'line' && distance(drawn.start, goal.start) <= LINE_REACH && distance(drawn.end, goal.end) <= LINE_REACH
}
