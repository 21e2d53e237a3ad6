import { coordinatesOf, type DrawOp } from '#shared/domain/drawOp.ts'
import { normaliseBox } from '#shared/geometry/box.ts'
import type { ScoredPath, ScoredStep } from './scoredPath.ts'

/**
 * Our rule: two different steps draw the same kind under the same label, on pictures that descend from the same given one,
 * with different geometry - a shape was seen and moved.
 */
export function isReflective(path: ScoredPath): boolean {
  const root = rootsOf(path)
  const seen = new Map<string, { step: number; place: string }[]>()
  return path.steps.some((step, position) => operationsOf(step).some((op) => {
    const key = JSON.stringify([op.kind, op.label, root(op.imageIndex)])
    const earlier = seen.get(key) ?? []
    const place = placeOf(op)
    seen.set(key, [...earlier, { step: position, place }])
    return earlier.some((other) => other.step !== position && other.place !== place)
  }))
}

/** The reference's rule: any two boxes of the path share a label and differ, whatever step or image they belong to. */
export function isReferenceReflective(path: ScoredPath): boolean {
  const first = new Map<string, string>()
  return path.steps.flatMap(operationsOf).some((op) => {
    if (op.kind !== 'box') return false
    const place = op.box.join()
    const known = first.get(op.label)
    first.set(op.label, known ?? place)
    return known !== undefined && known !== place
  })
}

function operationsOf(step: ScoredStep): readonly DrawOp[] {
  return step.action.kind === 'draw' ? step.action.ops : []
}

function placeOf(op: DrawOp): string {
  return (op.kind === 'box' ? normaliseBox(op.box) : coordinatesOf(op)).join()
}

/** The given image an image index descends from; indices no observation made are their own root. */
function rootsOf(path: ScoredPath): (index: number) => number {
  const roots = new Map<number, number>()
  const root = (index: number): number => roots.get(index) ?? index
  for (const { sourceIndex, newIndex } of path.steps.flatMap(({ observations }) => observations)) roots.set(newIndex, root(sourceIndex))
  return root
}
