import { coordinatesOf, type DrawOp } from '#shared/domain/drawOp.ts'
import type { Viewport } from '../scene.ts'
import type { Four } from '../tools/adjust.ts'

/** Screen coordinates of an operation's four numbers. */
export function onScreen(op: DrawOp, { zoom, left, top }: Viewport): [number, number, number, number] {
  const [x1, y1, x2, y2] = coordinatesOf(op)
  return [x1 * zoom + left, y1 * zoom + top, x2 * zoom + left, y2 * zoom + top]
}

/** Adds an outline to the path in hand. */
export function traceOutline(context: CanvasRenderingContext2D, op: DrawOp, view: Viewport): void {
  const [x1, y1, x2, y2] = onScreen(op, view)
  if (op.kind === 'box') context.rect(x1, y1, x2 - x1, y2 - y1)
  else {
    context.moveTo(x1, y1)
    context.lineTo(x2, y2)
  }
}

/** Adds a line's dot at its start and its head at its end to the path in hand; both keep their size on screen. */
export function traceArrow(context: CanvasRenderingContext2D, op: DrawOp, view: Viewport): void {
  const [startX, startY, endX, endY] = onScreen(op, view)
  const angle = Math.atan2(endY - startY, endX - startX)
  context.moveTo(startX + 3.5, startY)
  context.arc(startX, startY, 3.5, 0, 2 * Math.PI)
  context.moveTo(endX, endY)
  context.lineTo(endX - 11 * Math.cos(angle + 0.45), endY - 11 * Math.sin(angle + 0.45))
  context.lineTo(endX - 11 * Math.cos(angle - 0.45), endY - 11 * Math.sin(angle - 0.45))
  context.closePath()
}

/** Outlines one operation, dashed or not, with its arrow. */
export function paintOutline(context: CanvasRenderingContext2D, op: DrawOp, view: Viewport, look: { colour: string; width: number; dash?: readonly number[] }): void {
  context.strokeStyle = look.colour
  context.fillStyle = look.colour
  context.lineWidth = look.width
  context.setLineDash([...look.dash ?? []])
  context.beginPath()
  traceOutline(context, op, view)
  context.stroke()
  context.setLineDash([])
  if (op.kind !== 'line') return
  context.beginPath()
  traceArrow(context, op, view)
  context.fill()
}

/** The rectangle drawn around shapes to choose them, readable on dark and on light pictures. */
export function paintMarquee(context: CanvasRenderingContext2D, [x1, y1, x2, y2]: Four, { zoom, left, top }: Viewport): void {
  const rectangle: Four = [x1 * zoom + left, y1 * zoom + top, (x2 - x1) * zoom, (y2 - y1) * zoom]
  context.fillStyle = 'rgba(90,150,255,0.14)'
  context.fillRect(...rectangle)
  context.lineWidth = 1
  context.strokeStyle = '#ffffff'
  context.strokeRect(...rectangle)
  context.setLineDash([5, 4])
  context.strokeStyle = '#101418'
  context.strokeRect(...rectangle)
  context.setLineDash([])
}

/** Where a shape's label goes: over a box's corner, beside a line's middle. */
export function tagPlace(op: DrawOp, view: Viewport): { x: number; y: number } {
  const [x1, y1, x2, y2] = onScreen(op, view)
  return op.kind === 'box' ? { x: Math.min(x1, x2) - 1, y: Math.min(y1, y2) - 17 } : { x: (x1 + x2) / 2 + 6, y: (y1 + y2) / 2 - 8 }
}

const TAG_HEIGHT = 16
/** The widest tag, in screen pixels: longer labels are cut short on the picture and whole in the table. */
export const TAG_WIDTH = 240
const FONT = '11px system-ui, sans-serif'
/** Beyond this many different labels the cache starts afresh. */
const CACHED_TAGS = 2000

/** Label tags drawn once and copied from then on: text is by far the dearest thing on the canvas. */
export class Tags {
  readonly #tags = new Map<string, OffscreenCanvas>()

  paint(context: CanvasRenderingContext2D, text: string, colour: string, at: { x: number; y: number }, ratio: number, strong = false): void {
    if (text === '') return
    const tag = this.#tag(text, colour, ratio, strong)
    context.drawImage(tag, Math.round(at.x), Math.round(at.y), tag.width / ratio, tag.height / ratio)
  }

  #tag(text: string, colour: string, ratio: number, strong: boolean): OffscreenCanvas {
    const key = `${ratio}|${strong}|${colour}|${text}`
    const known = this.#tags.get(key)
    if (known !== undefined) return known
    if (this.#tags.size >= CACHED_TAGS) this.#tags.clear()
    const made = drawTag(text, colour, ratio, strong)
    this.#tags.set(key, made)
    return made
  }
}

function drawTag(text: string, colour: string, ratio: number, strong: boolean): OffscreenCanvas {
  const font = `${strong ? '600 ' : ''}${FONT}`
  const tag = new OffscreenCanvas(1, Math.ceil(TAG_HEIGHT * ratio))
  const measure = tag.getContext('2d')
  if (measure === null) return tag
  measure.font = font
  const shown = shortened(text, TAG_WIDTH - 8, (part) => measure.measureText(part).width)
  tag.width = Math.ceil((measure.measureText(shown).width + 8) * ratio)
  const context = tag.getContext('2d')
  if (context === null) return tag
  context.scale(ratio, ratio)
  context.fillStyle = colour
  context.fillRect(0, 0, tag.width, TAG_HEIGHT)
  context.font = font
  context.fillStyle = '#101418'
  context.textBaseline = 'middle'
  context.fillText(shown, 4, 8.5)
  return tag
}

/** The text, or as much of its beginning as fits into `width` with an ellipsis; no character is cut in two. */
export function shortened(text: string, width: number, measure: (text: string) => number): string {
  if (measure(text) <= width) return text
  const characters = [...text]
  let [fits, tooLong] = [0, characters.length]
  while (tooLong - fits > 1) {
    const middle = (fits + tooLong) >> 1
    if (measure(`${characters.slice(0, middle).join('').trimEnd()}…`) <= width) fits = middle
    else tooLong = middle
  }
  return `${characters.slice(0, fits).join('').trimEnd()}…`
}
