import { coordinatesOf, type DrawOp } from '#shared/domain/drawOp.ts'
import type { DrawingState } from './draw.ts'

/**
 * The first operation that repeats an earlier one: the same kind on a picture of the same origin, every coordinate within
 * `tolerance` model pixels. Operations of one turn are not compared with each other.
 */
export function findRepeat(
  operations: readonly DrawOp[], earlier: readonly DrawOp[], state: DrawingState, tolerance: number
): DrawOp | undefined {
  const root = (op: DrawOp): number | undefined => state.roots[op.imageIndex - 1]
  return operations.find((op) => earlier.some((other) => (
    other.kind === op.kind && root(other) === root(op) && close(coordinatesOf(op), coordinatesOf(other), tolerance)
  )))
}

function close(a: readonly number[], b: readonly number[], tolerance: number): boolean {
  return a.every((value, i) => Math.abs(value - (b[i] ?? Number.NaN)) <= tolerance)
}
