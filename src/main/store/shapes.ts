import { coordinatesOf, type DrawOp } from '#shared/domain/drawOp.ts'
import type { ShapeRow } from './schema.ts'

/** A shape as the columns that operations, observation_shapes and item_truth share. */
export function shapeRow(op: DrawOp, position: number): ShapeRow {
  const [x1, y1, x2, y2] = coordinatesOf(op)
  return { position, kind: op.kind, image_index: op.imageIndex, x1, y1, x2, y2, label: op.label, space: op.space }
}

export function shapeOf(row: ShapeRow): DrawOp {
  const { kind, image_index: imageIndex, x1, y1, x2, y2, label, space } = row
  return kind === 'box'
    ? { kind, imageIndex, box: [x1, y1, x2, y2], label, space }
    : { kind, imageIndex, start: [x1, y1], end: [x2, y2], label, space }
}

/** The columns of `shapeRow`, for selects. */
export const SHAPE_COLUMNS = ['position', 'kind', 'image_index', 'x1', 'y1', 'x2', 'y2', 'label', 'space'] as const
