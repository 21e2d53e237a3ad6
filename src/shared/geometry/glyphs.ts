import { z } from 'zod'

/**
 * Outlines of a font's characters, made once by a script: drawing text by path gives the same pixels in Chromium and in
 * Node, which drawing it by font does not. Each outline is a list of commands `M x y`, `L x y`, `Q cx cy x y` and `Z`, in
 * font units with y upwards, as one flat string.
 */
export const GlyphSet = z.object({
  font: z.string(),
  unitsPerEm: z.number().positive(),
  /** Units from the baseline to the top of the line. */
  ascent: z.number().positive(),
  glyphs: z.record(z.string(), z.object({ advance: z.number(), path: z.string() })),
  /** Drawn for every character without an outline. */
  missing: z.object({ advance: z.number(), path: z.string() })
})
export type GlyphSet = z.infer<typeof GlyphSet>

/** The path calls of a canvas's 2-D context that glyphs need. */
export interface PathSink {
  moveTo(x: number, y: number): void
  lineTo(x: number, y: number): void
  quadraticCurveTo(cpx: number, cpy: number, x: number, y: number): void
  closePath(): void
}

/** Append a text's outlines to the current path; (x, y) is its top left corner in pixels, `size` the em in pixels. */
export function traceText(sink: PathSink, text: string, x: number, y: number, size: number, set: GlyphSet): void {
  const scale = size / set.unitsPerEm
  const baseline = y + set.ascent * scale
  let left = x
  for (const character of text) {
    const glyph = set.glyphs[character] ?? set.missing
    traceGlyph(sink, glyph.path, left, baseline, scale)
    left += glyph.advance * scale
  }
}

/** Width of a text in pixels. */
export function textWidth(text: string, size: number, set: GlyphSet): number {
  let units = 0
  for (const character of text) units += (set.glyphs[character] ?? set.missing).advance
  return (units * size) / set.unitsPerEm
}

function traceGlyph(sink: PathSink, path: string, left: number, baseline: number, scale: number): void {
  for (const [, command, list] of path.matchAll(/([MLQZ])([^MLQZ]*)/g)) {
    const values = (list ?? '').trim().split(/\s+/).map(Number)
    const px = (i: number): number => left + (values[i] ?? 0) * scale
    const py = (i: number): number => baseline - (values[i] ?? 0) * scale
    if (command === 'M') sink.moveTo(px(0), py(1))
    else if (command === 'L') sink.lineTo(px(0), py(1))
    else if (command === 'Q') sink.quadraticCurveTo(px(0), py(1), px(2), py(3))
    else sink.closePath()
  }
}
