import { coordinatesOf, type DrawOp } from '#shared/domain/drawOp.ts'
import type { Draft } from '../tools/draft.ts'
import type { Frame } from '../tools/adjust.ts'

type Matrix = readonly [number, number, number, number, number, number]
type Screen = (x: number, y: number) => [number, number]

/** Outlines that stay readable on photographs and on flat drawings; by place in the step. */
const COLOURS = ['#ff5a5f', '#2fbf71', '#3f9bff', '#f2c230', '#ff8c42', '#f472b6', '#a78bfa', '#2ec4c6']
const CARRIED = '#c8ccd4'

export function colourAt(position: number): string {
  return COLOURS[position % COLOURS.length] ?? CARRIED
}

export interface OverlayScene {
  readonly frame: Frame
  readonly shapes: readonly { readonly op: DrawOp; readonly colour: string; readonly selected: boolean }[]
  /** What the picture already carried before this step: shown, not editable. */
  readonly carried: readonly DrawOp[]
  readonly draft: { readonly draft: Draft; readonly colour: string } | null
}

/** Paints what keeps its size on screen whatever the zoom: label tags, arrow heads, carried shapes, the shape being drawn. */
export function paintOverlay(context: CanvasRenderingContext2D, matrix: Matrix, ratio: number, scene: OverlayScene): void {
  const screen: Screen = (x, y) => [x * matrix[0] + matrix[4], y * matrix[3] + matrix[5]]
  context.save()
  context.setTransform(ratio, 0, 0, ratio, 0, 0)
  paintFrame(context, screen, scene.frame)
  for (const op of scene.carried) paintOutline(context, screen, op, CARRIED, [5, 4])
  for (const { op, colour, selected } of scene.shapes) {
    if (op.kind === 'line') paintArrow(context, screen, op, colour)
    paintTag(context, screen, op, colour, selected)
  }
  if (scene.draft !== null) paintDraft(context, screen, scene.draft.draft, scene.draft.colour)
  context.restore()
}

function paintFrame(context: CanvasRenderingContext2D, screen: Screen, frame: Frame): void {
  const [left, top] = screen(0, 0)
  const [right, bottom] = screen(frame.width, frame.height)
  context.strokeStyle = 'rgba(128,136,150,0.6)'
  context.lineWidth = 1
  context.strokeRect(left - 0.5, top - 0.5, right - left + 1, bottom - top + 1)
}

function paintOutline(context: CanvasRenderingContext2D, screen: Screen, op: DrawOp, colour: string, dash: number[]): void {
  const [x1, y1, x2, y2] = coordinatesOf(op)
  const [left, top] = screen(x1, y1)
  const [right, bottom] = screen(x2, y2)
  context.strokeStyle = colour
  context.lineWidth = 1.5
  context.setLineDash(dash)
  context.beginPath()
  if (op.kind === 'box') context.rect(left, top, right - left, bottom - top)
  else {
    context.moveTo(left, top)
    context.lineTo(right, bottom)
  }
  context.stroke()
  context.setLineDash([])
  if (op.kind === 'line') paintArrow(context, screen, op, colour)
  paintTag(context, screen, op, colour, false)
}

function paintArrow(context: CanvasRenderingContext2D, screen: Screen, op: DrawOp, colour: string): void {
  const [x1, y1, x2, y2] = coordinatesOf(op)
  const [startX, startY] = screen(x1, y1)
  const [endX, endY] = screen(x2, y2)
  const angle = Math.atan2(endY - startY, endX - startX)
  const side = (turn: number): [number, number] => [endX - 11 * Math.cos(angle + turn), endY - 11 * Math.sin(angle + turn)]
  context.fillStyle = colour
  context.beginPath()
  context.arc(startX, startY, 3.5, 0, 2 * Math.PI)
  context.fill()
  context.beginPath()
  context.moveTo(endX, endY)
  context.lineTo(...side(0.45))
  context.lineTo(...side(-0.45))
  context.closePath()
  context.fill()
}

function paintTag(context: CanvasRenderingContext2D, screen: Screen, op: DrawOp, colour: string, selected: boolean): void {
  if (op.label === '') return
  const [x1, y1, x2, y2] = coordinatesOf(op)
  const [x, y] = op.kind === 'box' ? screen(Math.min(x1, x2), Math.min(y1, y2)) : screen((x1 + x2) / 2, (y1 + y2) / 2)
  context.font = `${selected ? '600 ' : ''}11px system-ui, sans-serif`
  const width = context.measureText(op.label).width + 8
  const top = op.kind === 'box' ? y - 17 : y - 8
  const left = op.kind === 'box' ? x - 1 : x + 6
  context.fillStyle = colour
  context.fillRect(left, top, width, 16)
  context.fillStyle = '#101418'
  context.textBaseline = 'middle'
  context.fillText(op.label, left + 4, top + 8.5)
}

function paintDraft(context: CanvasRenderingContext2D, screen: Screen, draft: Draft, colour: string): void {
  const shape = { imageIndex: 1, label: '', space: 'model' } as const
  const { from, to } = draft
  const op: DrawOp = draft.kind === 'box'
    ? { ...shape, kind: 'box', box: [from.x, from.y, to.x, to.y] }
    : { ...shape, kind: 'line', start: [from.x, from.y], end: [to.x, to.y] }
  paintOutline(context, screen, op, colour, [])
}
