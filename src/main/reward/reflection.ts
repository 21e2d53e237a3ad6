import type { DrawOp } from '#shared/domain/drawOp.ts'
import { revisionsOf } from '#shared/geometry/revision.ts'
import type { ScoredPath, ScoredStep } from './scoredPath.ts'

/** Our rule: the path revises at least one shape. */
export function isReflective(path: ScoredPath): boolean {
  return revisionsOf(path.steps.map((step) => ({ ops: operationsOf(step), observations: step.observations }))).length > 0
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
