import type { DrawOp } from '#shared/domain/drawOp.ts'
import type { Scene, SceneShape, Viewport } from '../scene.ts'
import { onScreen, paintOutline, TAG_WIDTH, tagPlace, Tags, traceArrow, traceOutline } from './paint.ts'

const CARRIED = '#c8ccd4'
const GHOST = '#8f99a7'
const COMPARED = '#ffd84d'
/** Around chosen shapes, so that they stand out by more than their width. */
const HALO = 'rgba(255,255,255,0.85)'
/** How far a tag may reach beyond its shape, in screen pixels. */
const TAG_REACH = TAG_WIDTH + 10
/** The layer reaches this far beyond the view on every side, so that panning moves it as it is and paints it anew only now and then. */
const MARGIN = 160

/**
 * A scene but for some of its shapes. It is painted again when the document or the zoom changes, never while the pointer only moves,
 * other shapes are dragged, or the layer is moved a little; shapes out of view are passed over and those of one colour are stroked together.
 */
export class ShapeLayer {
  readonly #canvas: HTMLCanvasElement
  readonly #context: CanvasRenderingContext2D | null
  readonly #look: 'plain' | 'chosen'
  readonly #tags = new Tags()
  #ratio = 1
  #frame = 0
  #paint: (() => void) | null = null
  #painted: { scene: Scene; view: Viewport; without: ReadonlySet<string> } | null = null

  /** @param look chosen shapes stand out, and the picture's own frame is left to the layer of all others */
  constructor(canvas: HTMLCanvasElement, look: 'plain' | 'chosen' = 'plain') {
    this.#canvas = canvas
    this.#context = canvas.getContext('2d')
    this.#look = look
  }

  resize(width: number, height: number): void {
    this.#ratio = window.devicePixelRatio
    const [outerWidth, outerHeight] = [width + 2 * MARGIN, height + 2 * MARGIN]
    Object.assign(this.#canvas, { width: Math.round(outerWidth * this.#ratio), height: Math.round(outerHeight * this.#ratio) })
    Object.assign(this.#canvas.style, { left: `${-MARGIN}px`, top: `${-MARGIN}px`, width: `${outerWidth}px`, height: `${outerHeight}px` })
    this.#painted = null
  }

  /** Paints with the next frame; several calls before it paint once, the last one. */
  show(scene: Scene, view: Viewport, without: ReadonlySet<string>): void {
    this.#paint = () => { this.#moveOrPaint(scene, view, without) }
    this.#frame ||= requestAnimationFrame(() => {
      this.#frame = 0
      this.#paint?.()
    })
  }

  dispose(): void {
    cancelAnimationFrame(this.#frame)
  }

  #moveOrPaint(scene: Scene, view: Viewport, without: ReadonlySet<string>): void {
    const before = this.#painted
    const same = before !== null && before.scene === scene && before.without === without && before.view.zoom === view.zoom
    const [dx, dy] = same ? [view.left - before.view.left, view.top - before.view.top] : [0, 0]
    const moves = same && Math.abs(dx) <= MARGIN && Math.abs(dy) <= MARGIN
    this.#canvas.style.transform = moves ? `translate(${dx}px, ${dy}px)` : ''
    if (moves) return
    this.#painted = { scene, view, without }
    this.#canvas.hidden = this.#look === 'chosen' && scene.shapes.length === 0
    this.#paintAll(scene, { zoom: view.zoom, left: view.left + MARGIN, top: view.top + MARGIN }, without)
  }

  #paintAll(scene: Scene, view: Viewport, without: ReadonlySet<string>): void {
    const context = this.#context
    if (context === null) return
    context.setTransform(this.#ratio, 0, 0, this.#ratio, 0, 0)
    context.clearRect(0, 0, this.#canvas.width, this.#canvas.height)
    if (this.#look === 'plain') this.#paintFrame(context, scene, view)
    context.globalAlpha = scene.opacity
    for (const op of scene.ghosts) this.#paintQuiet(context, op, view, GHOST, [2, 4])
    for (const op of scene.carried) this.#paintQuiet(context, op, view, CARRIED, [5, 4])
    const shapes = scene.shapes.filter(({ id, op }) => !without.has(id) && this.#inView(op, view))
    const chosen = this.#look === 'chosen'
    if (chosen) paintHalos(context, shapes, view)
    for (const [colour, group] of Map.groupBy(shapes, (shape) => shape.colour)) paintGroup(context, group, colour, view, chosen ? 3 : 2)
    for (const { op, colour, flagged } of shapes) this.#tags.paint(context, flagged ? `⚠ ${op.label}` : op.label, colour, tagPlace(op, view), this.#ratio, chosen)
    context.globalAlpha = 1
    if (scene.compared === null) return
    const { before, after, text } = scene.compared
    paintOutline(context, before, view, { colour: COMPARED, width: 2, dash: [6, 4] })
    paintOutline(context, after, view, { colour: COMPARED, width: 3 })
    const [x1, y1, x2, y2] = onScreen(after, view)
    this.#tags.paint(context, text, COMPARED, { x: Math.min(x1, x2), y: Math.max(y1, y2) + 6 }, this.#ratio, true)
  }

  #paintFrame(context: CanvasRenderingContext2D, { frame }: Scene, { zoom, left, top }: Viewport): void {
    context.strokeStyle = 'rgba(128,136,150,0.6)'
    context.lineWidth = 1
    context.strokeRect(left - 0.5, top - 0.5, frame.width * zoom + 1, frame.height * zoom + 1)
  }

  #paintQuiet(context: CanvasRenderingContext2D, op: DrawOp, view: Viewport, colour: string, dash: readonly number[]): void {
    if (!this.#inView(op, view)) return
    paintOutline(context, op, view, { colour, width: 1.5, dash })
    this.#tags.paint(context, op.label, colour, tagPlace(op, view), this.#ratio)
  }

  #inView(op: DrawOp, view: Viewport): boolean {
    const [x1, y1, x2, y2] = onScreen(op, view)
    const [width, height] = [this.#canvas.width / this.#ratio, this.#canvas.height / this.#ratio]
    return Math.max(x1, x2) > -TAG_REACH && Math.min(x1, x2) < width && Math.max(y1, y2) > 0 && Math.min(y1, y2) - 17 < height
  }
}

/** What lies around outlines and arrows once those are painted over it. */
function paintHalos(context: CanvasRenderingContext2D, shapes: readonly SceneShape[], view: Viewport): void {
  context.strokeStyle = HALO
  context.lineWidth = 7
  context.beginPath()
  for (const { op } of shapes) traceOutline(context, op, view)
  context.stroke()
  context.lineWidth = 4
  context.beginPath()
  for (const { op } of shapes) if (op.kind === 'line') traceArrow(context, op, view)
  context.stroke()
}

/** All outlines of one colour in one stroke, all arrows in one fill. */
function paintGroup(context: CanvasRenderingContext2D, shapes: readonly SceneShape[], colour: string, view: Viewport, width: number): void {
  context.strokeStyle = colour
  context.fillStyle = colour
  context.lineWidth = width
  context.beginPath()
  for (const { op } of shapes) traceOutline(context, op, view)
  context.stroke()
  context.beginPath()
  for (const { op } of shapes) if (op.kind === 'line') traceArrow(context, op, view)
  context.fill()
}
