import type { CoordinateSpace, DrawOp } from '../domain/drawOp.ts'

/** Width and height in pixels. */
export type Size = { readonly width: number; readonly height: number }

/** The two pixel sizes of one picture: as stored, and as the model sees it after smart resize. */
export type PictureSizes = { readonly source: Size; readonly model: Size }

/** The extent of a space: pixels for `source` and `model`, 1000 by 1000 for `perMille`. */
export function extentOf(space: CoordinateSpace, sizes: PictureSizes): Size {
  switch (space) {
    case 'source': return sizes.source
    case 'model': return sizes.model
    case 'perMille': return { width: 1000, height: 1000 }
    default: return space satisfies never
  }
}

/** The same operation in another coordinate space of its picture. Exact up to float64 rounding; nothing is clipped. */
export function convertOp<T extends DrawOp>(op: T, to: CoordinateSpace, sizes: PictureSizes): T {
  if (op.space === to) return op
  const from = extentOf(op.space, sizes)
  const goal = extentOf(to, sizes)
  return { ...scaleOp(op, goal.width / from.width, goal.height / from.height), space: to }
}

/** Multiply all x by `scaleX` and all y by `scaleY`; the space's name is left as it is. */
export function scaleOp<T extends DrawOp>(op: T, scaleX: number, scaleY: number): T {
  if (op.kind === 'box') {
    const [x1, y1, x2, y2] = op.box
    return { ...op, box: [x1 * scaleX, y1 * scaleY, x2 * scaleX, y2 * scaleY] }
  }
  return {
    ...op,
    start: [op.start[0] * scaleX, op.start[1] * scaleY],
    end: [op.end[0] * scaleX, op.end[1] * scaleY]
  }
}

/** Coordinates rounded to whole pixels, halves away from zero towards +infinity as Math.round does. */
export function roundOp<T extends DrawOp>(op: T): T {
  const round = (point: readonly [number, number]): [number, number] => [Math.round(point[0]), Math.round(point[1])]
  if (op.kind === 'box') {
    const [x1, y1, x2, y2] = op.box
    return { ...op, box: [Math.round(x1), Math.round(y1), Math.round(x2), Math.round(y2)] }
  }
  return { ...op, start: round(op.start), end: round(op.end) }
}
