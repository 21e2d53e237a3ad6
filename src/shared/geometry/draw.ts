import type { BoundingBox, DrawOp, Line } from '../domain/drawOp.ts'
import { normaliseBox } from './box.ts'
import { type CoverageRun, Outline } from './coverage.ts'
import type { DrawStyle } from './drawStyle.ts'
import { traceText, type GlyphSet } from './glyphs.ts'
import { discRuns, lineRuns, type Run } from './raster.ts'

export type { DrawStyle } from './drawStyle.ts'

/** What the routine needs of a 2-D context: Chromium's, an OffscreenCanvas's and @napi-rs/canvas's all have it. */
export interface Context2D {
  readonly canvas: { readonly width: number; readonly height: number }
  fillStyle: unknown
  fillRect(x: number, y: number, width: number, height: number): void
  getImageData(x: number, y: number, width: number, height: number): PixelBlock
  putImageData(pixels: never, x: number, y: number): void
}

/** An ImageData of either canvas: RGBA bytes, row by row. */
export type PixelBlock = { readonly data: Uint8ClampedArray; readonly width: number }

/**
 * Draw shapes (already in the canvas's own pixels) in a style: boxes, then lines with their dots, then box labels. The
 * newest shapes, those written on the picture this one was made from, are the ones with the highest `imageIndex`; where a
 * style tells them apart they come last, on top.
 */
export function drawShapes(context: Context2D, shapes: readonly DrawOp[], style: DrawStyle, glyphs: GlyphSet): void {
  const newest = shapes.reduce((highest, shape) => Math.max(highest, shape.imageIndex), -Infinity)
  const boxes = shapes.filter((shape) => shape.kind === 'box')
  const lines = shapes.filter((shape) => shape.kind === 'line')
  boxes.forEach((shape, position) => drawBox(context, shape, boxColour(style, position), style))
  for (const shape of inDrawingOrder(lines, newest, style)) drawLine(context, shape, shape.imageIndex === newest, style)
  boxes.forEach((shape, position) => drawLabel(context, shape, boxColour(style, position), style, glyphs))
}

/** The colour of the box at this position (0-based) among a picture's boxes. */
export function boxColour(style: DrawStyle, position: number): string {
  return style.box.colours[position % style.box.colours.length] ?? '#000000'
}

function inDrawingOrder(lines: readonly Line[], newest: number, style: DrawStyle): readonly Line[] {
  if (style.line.newestColour === null) return lines
  return [...lines.filter((line) => line.imageIndex !== newest), ...lines.filter((line) => line.imageIndex === newest)]
}

function drawBox(context: Context2D, shape: BoundingBox, colour: string, style: DrawStyle): void {
  const { width, grow } = style.box
  const [x1, y1, x2, y2] = normaliseBox(shape.box).map(Math.round) as [number, number, number, number]
  const left = x1 - grow
  const top = y1 - grow
  // The far row and column belong to the rectangle, as in the reference's drawing routine.
  const across = x2 + grow + 1 - left
  const down = y2 + grow + 1 - top
  const thick = Math.min(width, across, down)
  context.fillStyle = colour
  context.fillRect(left, top, across, thick)
  context.fillRect(left, top + down - thick, across, thick)
  context.fillRect(left, top, thick, down)
  context.fillRect(left + across - thick, top, thick, down)
}

function drawLine(context: Context2D, shape: Line, isNewest: boolean, style: DrawStyle): void {
  const { width, height } = context.canvas
  const colour = isNewest ? (style.line.newestColour ?? style.line.colour) : style.line.colour
  fillRuns(context, lineRuns(shape.start, shape.end, style.line.width, width, height), colour)
  for (const [dot, point] of [[style.startDot, shape.start], [style.endDot, shape.end]] as const) {
    if (dot && (isNewest || !dot.newestOnly)) fillRuns(context, discRuns(point, dot.radius, width, height), dot.colour)
  }
}

function drawLabel(context: Context2D, shape: BoundingBox, colour: string, style: DrawStyle, glyphs: GlyphSet): void {
  if (!style.label || shape.label === '') return
  const [x1, y1] = normaliseBox(shape.box)
  const outline = new Outline()
  traceText(outline, shape.label, Math.round(x1) + style.label.dx, Math.round(y1) + style.label.dy, style.label.size, glyphs)
  const runs = outline.runs(context.canvas.width, context.canvas.height)
  if (runs.length > 0) blendRuns(context, runs, colour)
}

/** Mixes a colour into partly covered pixels. Counted here in whole numbers: canvases round their own mixing differently. */
function blendRuns(context: Context2D, runs: readonly CoverageRun[], colour: string): void {
  const left = Math.min(...runs.map((run) => run.x))
  const top = Math.min(...runs.map((run) => run.y))
  const width = Math.max(...runs.map((run) => run.x + run.length)) - left
  const height = Math.max(...runs.map((run) => run.y)) + 1 - top
  const under = context.getImageData(left, top, width, height)
  fillRuns(context, runs, colour)
  const over = context.getImageData(left, top, width, height)
  for (const run of runs) {
    const from = ((run.y - top) * width + run.x - left) * 4
    for (let i = from; i < from + run.length * 4; i++) {
      const [below = 0, above = 0] = [under.data[i], over.data[i]]
      over.data[i] = Math.floor((below * (255 - run.alpha) + above * run.alpha + 127) / 255)
    }
  }
  context.putImageData(over as never, left, top)
}

function fillRuns(context: Context2D, runs: readonly Run[], colour: string): void {
  context.fillStyle = colour
  for (const run of runs) context.fillRect(run.x, run.y, run.length, 1)
}
