import type { RawImage } from '#main/image/rawImage.ts'
import type { Box } from './grid.ts'

export type Colour = readonly [number, number, number]

const BRIGHT = 250
const DIM = 190

/**
 * The background every picture has: red falls from left to right, green from top to bottom. The tiny model's rotary
 * positions say little about absolute place, so the picture itself carries a faint cue.
 */
export function gradientBackground(side: number): RawImage {
  const data = new Uint8Array(side * side * 3)
  const fall = (step: number) => Math.round(BRIGHT + ((DIM - BRIGHT) * step) / (side - 1))
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) data.set([fall(x), fall(y), BRIGHT], (y * side + x) * 3)
  }
  return { width: side, height: side, data }
}

/** Paints the pixels of `box` (right and bottom edges excluded) whose centre lies `inside`; unit coordinates -1..1 in the box. */
export function fill(image: RawImage, box: Box, colour: Colour, inside: (u: number, v: number) => boolean = () => true): void {
  const [x1, y1, x2, y2] = box
  for (let y = Math.max(0, y1); y < Math.min(image.height, y2); y++) {
    for (let x = Math.max(0, x1); x < Math.min(image.width, x2); x++) {
      const u = (2 * (x + 0.5 - x1)) / (x2 - x1) - 1
      const v = (2 * (y + 0.5 - y1)) / (y2 - y1) - 1
      if (inside(u, v)) image.data.set(colour, (y * image.width + x) * 3)
    }
  }
}

export const insideCircle = (u: number, v: number) => u * u + v * v <= 1
export const insideDiamond = (u: number, v: number) => Math.abs(u) + Math.abs(v) <= 1
export const insideTriangle = (u: number, v: number) => Math.abs(u) <= (v + 1) / 2

/** Letters of 5 x 7 pixels, one string per row. */
const GLYPHS: Readonly<Record<string, readonly string[]>> = {
  A: ['.###.', '#...#', '#...#', '#####', '#...#', '#...#', '#...#'],
  B: ['####.', '#...#', '#...#', '####.', '#...#', '#...#', '####.'],
  C: ['.####', '#....', '#....', '#....', '#....', '#....', '.####'],
  D: ['####.', '#...#', '#...#', '#...#', '#...#', '#...#', '####.']
}

/** Writes one of A B C D with its top left corner at (x, y). */
export function writeLetter(image: RawImage, letter: string, x: number, y: number, colour: Colour): void {
  const rows = GLYPHS[letter]
  if (rows === undefined) throw new RangeError(`no glyph for '${letter}'`)
  rows.forEach((row, dy) => {
    for (let dx = 0; dx < row.length; dx++) {
      if (row[dx] === '#') image.data.set(colour, ((y + dy) * image.width + x + dx) * 3)
    }
  })
}
