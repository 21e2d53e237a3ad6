import { z } from 'zod'

const Colour = z.string().regex(/^#[0-9a-f]{6}$/)

/** How shapes look on the pictures the model is shown; widths, radii and offsets in model pixels. Data: resources/drawStyles. */
export const DrawStyle = z.object({
  name: z.string().min(1),
  box: z.object({
    width: z.int().positive(),
    /** Pixels by which the outline stands outside the written rectangle; 0 = wholly inside. */
    grow: z.int().nonnegative(),
    /** By position in the picture's list of boxes, round and round. */
    colours: z.array(Colour).min(1)
  }),
  line: z.object({
    width: z.int().positive(),
    colour: Colour,
    /** Colour of the lines written on the parent picture; null: no difference. */
    newestColour: Colour.nullable()
  }),
  startDot: z.object({ radius: z.int().positive(), colour: Colour, newestOnly: z.boolean() }).nullable(),
  endDot: z.object({ radius: z.int().positive(), colour: Colour, newestOnly: z.boolean() }).nullable(),
  /** Box labels, in the box's colour: top left of the text relative to the box's top left; null: none. */
  label: z.object({ size: z.number().positive(), dx: z.number(), dy: z.number() }).nullable()
})
export type DrawStyle = z.infer<typeof DrawStyle>
