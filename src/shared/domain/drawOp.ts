import { z } from 'zod'

/** Pixels of the stored picture; pixels after smart resize (what the model writes); thousandths of width and height. */
export const CoordinateSpace = z.enum(['source', 'model', 'perMille'])
export type CoordinateSpace = z.infer<typeof CoordinateSpace>

const Point = z.tuple([z.number(), z.number()])

/** A labelled rectangle [x1, y1, x2, y2] on image `imageIndex` (1-based over all images of the dialogue). */
export const BoundingBox = z.object({
  kind: z.literal('box'),
  imageIndex: z.int(),
  box: z.tuple([z.number(), z.number(), z.number(), z.number()]),
  label: z.string(),
  space: CoordinateSpace
})
export type BoundingBox = z.infer<typeof BoundingBox>

/** A labelled directed line from `start` to `end`, each [x, y]. */
export const Line = z.object({
  kind: z.literal('line'),
  imageIndex: z.int(),
  start: Point,
  end: Point,
  label: z.string(),
  space: CoordinateSpace
})
export type Line = z.infer<typeof Line>

export const DrawOp = z.discriminatedUnion('kind', [BoundingBox, Line])
export type DrawOp = z.infer<typeof DrawOp>

/** The four numbers of an operation in writing order. */
export function coordinatesOf(op: DrawOp): [number, number, number, number] {
  return op.kind === 'box' ? op.box : [...op.start, ...op.end]
}
