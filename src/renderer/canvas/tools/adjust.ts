import { coordinatesOf, type DrawOp } from '#shared/domain/drawOp.ts'

export interface Spot { readonly x: number; readonly y: number }

/** Size of the picture the shapes lie on, in model pixels. */
export interface Frame { readonly width: number; readonly height: number }

export type Four = [number, number, number, number]

/** The same shape with other numbers (writing order: two corners, or start and end). */
export function withCoordinates(op: DrawOp, [x1, y1, x2, y2]: Four): DrawOp {
  return op.kind === 'box' ? { ...op, box: [x1, y1, x2, y2] } : { ...op, start: [x1, y1], end: [x2, y2] }
}

export function middleOf(op: DrawOp): Spot {
  const [x1, y1, x2, y2] = coordinatesOf(op)
  return { x: (x1 + x2) / 2, y: (y1 + y2) / 2 }
}

/** Whole model pixels inside the picture, a box's corners in order: what a person's edit is stored as. */
export function insideFrame(op: DrawOp, frame: Frame): DrawOp {
  const [x1, y1, x2, y2] = coordinatesOf(op)
  const inX = (x: number): number => Math.min(Math.max(Math.round(x), 0), frame.width)
  const inY = (y: number): number => Math.min(Math.max(Math.round(y), 0), frame.height)
  const held: Four = [inX(x1), inY(y1), inX(x2), inY(y2)]
  if (op.kind === 'line') return withCoordinates(op, held)
  return withCoordinates(op, [Math.min(held[0], held[2]), Math.min(held[1], held[3]), Math.max(held[0], held[2]), Math.max(held[1], held[3])])
}

/** The rectangle around shapes: least x and y, greatest x and y. */
export function spanOf(ops: readonly DrawOp[]): Four {
  const span: Four = [Infinity, Infinity, -Infinity, -Infinity]
  for (const op of ops) {
    const [x1, y1, x2, y2] = coordinatesOf(op)
    span[0] = Math.min(span[0], x1, x2)
    span[1] = Math.min(span[1], y1, y2)
    span[2] = Math.max(span[2], x1, x2)
    span[3] = Math.max(span[3], y1, y2)
  }
  return span
}

/** Moves shapes together, stopping as soon as one of them meets the picture's edge: their sizes and their places among each other stay. */
export function moveAllBy(ops: readonly DrawOp[], dx: number, dy: number, frame: Frame): DrawOp[] {
  const [left, top, right, bottom] = spanOf(ops)
  const heldX = between(dx, -left, frame.width - right)
  const heldY = between(dy, -top, frame.height - bottom)
  return ops.map((op) => {
    const [x1, y1, x2, y2] = coordinatesOf(op)
    return withCoordinates(op, [x1 + heldX, y1 + heldY, x2 + heldX, y2 + heldY])
  })
}

/** Moves a shape as a whole, stopping at the picture's edge so that its size stays. */
export function moveBy(op: DrawOp, dx: number, dy: number, frame: Frame): DrawOp {
  return moveAllBy([op], dx, dy, frame)[0] ?? op
}

/** A shape already partly outside may move inwards but never further out. */
function between(value: number, low: number, high: number): number {
  return Math.min(Math.max(value, Math.min(low, 0)), Math.max(high, 0))
}

/** Free numbers as labels, so that a new shape never silently replaces one drawn before it. */
export function freeLabels(taken: Iterable<string>, count: number): string[] {
  const labels = new Set(taken)
  return Array.from({ length: count }, () => {
    let number = labels.size + 1
    while (labels.has(String(number))) number++
    labels.add(String(number))
    return String(number)
  })
}

/** A shape to start from when it is added by keyboard: the middle of the picture. */
export function centredShape(kind: DrawOp['kind'], frame: Frame, imageIndex: number, label: string): DrawOp {
  const [w, h] = [frame.width, frame.height]
  const op: DrawOp = kind === 'box'
    ? { kind, imageIndex, box: [w * 0.375, h * 0.375, w * 0.625, h * 0.625], label, space: 'model' }
    : { kind, imageIndex, start: [w * 0.375, h * 0.5], end: [w * 0.625, h * 0.5], label, space: 'model' }
  return insideFrame(op, frame)
}

/** Moves a box's lower right corner, or a line's end, within the picture. */
export function resizeBy(op: DrawOp, dx: number, dy: number, frame: Frame): DrawOp {
  const [x1, y1, x2, y2] = coordinatesOf(op)
  return insideFrame(withCoordinates(op, [x1, y1, op.kind === 'box' ? Math.max(x2 + dx, x1 + 1) : x2 + dx, op.kind === 'box' ? Math.max(y2 + dy, y1 + 1) : y2 + dy]), frame)
}

/** Whether any part of a shape lies outside the picture, which the model's own numbers may. */
export function isOutside(op: DrawOp, frame: Frame): boolean {
  const [x1, y1, x2, y2] = coordinatesOf(op)
  return Math.min(x1, x2) < 0 || Math.min(y1, y2) < 0 || Math.max(x1, x2) > frame.width || Math.max(y1, y2) > frame.height
}
