import { Canvas, Point, type TPointerEvent, type TPointerEventInfo } from 'fabric'
import type { DrawOp } from '#shared/domain/drawOp.ts'
import { colourAt, type Scene, type SceneShape, type Viewport } from '../scene.ts'
import { type Four, middleOf, type Spot, withCoordinates } from '../tools/adjust.ts'
import { Choosing } from '../tools/choosing.ts'
import { type Draft, moveDraft, startDraft } from '../tools/draft.ts'
import { shapeAt } from '../tools/hit.ts'
import { onScreen, paintMarquee, paintOutline, tagPlace, Tags, traceArrow } from '../view/paint.ts'
import { ShapeLayer } from '../view/shapeLayer.ts'
import { paintGuides, Snapping } from './snapping.ts'
import { applyGeometry, geometryOf, makeObject, setOutline, type ShapeObject } from './shapeObjects.ts'

export type ToolName = 'select' | 'pan' | 'box' | 'line'

/** What the view tells; it changes nothing by itself. */
export interface ViewEvents {
  drawn(draft: Draft): void
  /** `moved`: the shape was carried as a whole, its size is meant to stay. */
  changed(id: string, four: Four, moved: boolean): void
  /** Several chosen shapes were carried together, by model pixels. */
  carried(dx: number, dy: number): void
  chosen(ids: readonly string[]): void
  /** The shape in hand was pressed twice. */
  opened(): void
  moved(view: Viewport): void
  pointed(at: Spot | null): void
}

interface InHand { readonly id: string; readonly object: ShapeObject; shape: SceneShape }

const ZOOM = { least: 0.05, most: 64 }
const MARGIN = 24
/** Height of what comes and goes above or below the picture, in screen pixels. */
const STRIP = 60
/** Reach of the pointer, in screen pixels. */
const REACH = 6
/** A press that moves less is no drag, in screen pixels. */
const SLIP = 3
const NONE: ReadonlySet<string> = new Set()
const EMPTY: Scene = { frame: { width: 1, height: 1 }, shapes: [], carried: [], ghosts: [], compared: null, opacity: 1 }

/**
 * A projection of a step's shapes: the document is the truth, this shows it and reports gestures. A shape chosen alone is in hand
 * and an object of Fabric's; several chosen ones are a layer that moves as a whole, and all others are painted by the layer below,
 * so that a thousand of them cost a drag nothing.
 */
export class FabricView {
  readonly #canvas: Canvas
  readonly #container: HTMLElement
  readonly #layer: ShapeLayer
  readonly #chosenLayer: ShapeLayer
  readonly #events: ViewEvents
  readonly #tags = new Tags()
  readonly #snapping: Snapping
  readonly #choosing = new Choosing()
  #scene: Scene = EMPTY
  #chosen: readonly string[] = []
  /** Shapes that the layer of all others leaves out: the one in hand, or several chosen ones. */
  #apart: ReadonlySet<string> = new Set()
  #several: Scene = EMPTY
  #inHand: InHand | null = null
  #tool: ToolName = 'select'
  #held = false
  #draft: Draft | null = null
  #panFrom: Point | null = null
  #quiet = false
  /** The picture fills the view, and goes on to when the view changes its size. */
  #fitted = false

  /**
   * @param element becomes Fabric's canvas, inside `container`
   * @param layers lie below it, of the same size: all shapes, and over them several chosen ones
   */
  constructor(element: HTMLCanvasElement, layers: { readonly all: HTMLCanvasElement; readonly chosen: HTMLCanvasElement }, container: HTMLElement, events: ViewEvents) {
    this.#events = events
    this.#container = container
    this.#layer = new ShapeLayer(layers.all)
    this.#chosenLayer = new ShapeLayer(layers.chosen, 'chosen')
    this.#canvas = new Canvas(element, { preserveObjectStacking: true, fireMiddleClick: true, uniformScaling: false, selection: false,
      targetFindTolerance: REACH, renderOnAddRemove: false, stopContextMenu: true })
    this.#snapping = new Snapping(() => ({ shapes: [...this.#scene.shapes.filter(({ id }) => !this.#apart.has(id)).map(({ op }) => op), ...this.#scene.carried],
      frame: this.#scene.frame, reach: REACH / this.zoom }))
    this.#listen()
  }

  async dispose(): Promise<void> {
    this.#container.removeEventListener('pointerdown', this.#grab, { capture: true })
    this.#layer.dispose()
    this.#chosenLayer.dispose()
    await this.#canvas.dispose()
  }

  resize(width: number, height: number): void {
    const [widthBefore, heightBefore] = [this.#canvas.getWidth(), this.#canvas.getHeight()]
    this.#canvas.setDimensions({ width, height })
    this.#layer.resize(width, height)
    this.#chosenLayer.resize(width, height)
    // A strip that comes or goes above the picture must not move it under the pointer.
    if (this.#fitted && (width !== widthBefore || Math.abs(height - heightBefore) > STRIP)) this.fit()
    else this.#show()
  }

  setScene(scene: Scene, chosen: readonly string[]): void {
    this.#scene = scene
    this.#chosen = chosen
    this.#arrange()
  }

  /** Puts the shape in hand where the document says, e.g. after a gesture the document did not take as it was. */
  place(): void {
    if (this.#inHand !== null) applyGeometry(this.#inHand.object, this.#inHand.shape.op)
    this.#canvas.requestRenderAll()
  }

  setTool(tool: ToolName): void {
    this.#tool = tool
    this.cancelDraft()
    this.#applyMode()
  }

  setSnapping(on: boolean): void {
    this.#snapping.on = on
  }

  /** Space held: pan whatever the tool is. */
  holdPan(held: boolean): void {
    this.#held = held
    this.#applyMode()
  }

  /** Breaks off what is being drawn, drawn around or carried; false where nothing was. */
  cancelDraft(): boolean {
    if (!this.#choosing.cancel() && this.#draft === null) return false
    this.#draft = null
    this.#snapping.end()
    this.#arrange()
    return true
  }

  fit(): void {
    const [width, height] = [this.#canvas.getWidth() - 2 * MARGIN, this.#canvas.getHeight() - 2 * MARGIN]
    const { frame } = this.#scene
    this.#place({ x: frame.width / 2, y: frame.height / 2 }, Math.min(width / frame.width, height / frame.height))
    this.#fitted = true
  }

  /** @param zoom screen pixels per model pixel */
  zoomTo(zoom: number): void {
    this.#zoomAt(new Point(this.#canvas.getWidth() / 2, this.#canvas.getHeight() / 2), zoom)
  }

  /** Brings a place of the picture to the middle of the view. */
  centreOn(at: Spot): void {
    this.#place(at, this.zoom)
  }

  /** Brings a shape into view that lies wholly out of it, seen from further away if it would not fit. */
  reveal(id: string): void {
    const op = this.#scene.shapes.find((shape) => shape.id === id)?.op
    if (op === undefined) return
    const [x1, y1, x2, y2] = onScreen(op, this.#viewport)
    const [width, height] = [this.#canvas.getWidth(), this.#canvas.getHeight()]
    if (Math.max(x1, x2) >= 0 && Math.max(y1, y2) >= 0 && Math.min(x1, x2) <= width && Math.min(y1, y2) <= height) return
    const fits = Math.min((width - 2 * MARGIN) / Math.abs(x2 - x1), (height - 2 * MARGIN) / Math.abs(y2 - y1))
    this.#place(middleOf(op), this.zoom * Math.min(1, fits))
  }

  /** Moves the view over the picture by screen pixels. */
  panBy(dx: number, dy: number): void {
    this.#canvas.relativePan(new Point(-dx, -dy))
    this.#viewMoved()
  }

  get zoom(): number {
    return this.#canvas.getZoom()
  }

  get #viewport(): Viewport {
    const [zoom, , , , left, top] = this.#canvas.viewportTransform
    return { zoom, left, top }
  }

  #place(at: Spot, zoom: number): void {
    this.#bring(at, new Point(this.#canvas.getWidth() / 2, this.#canvas.getHeight() / 2), zoom)
  }

  #zoomAt(point: Point, zoom: number): void {
    const view = this.#viewport
    this.#bring({ x: (point.x - view.left) / view.zoom, y: (point.y - view.top) / view.zoom }, point, zoom)
  }

  /** Shows a place of the picture at a place of the screen; the picture's corner lies on a whole pixel, so that it stays sharp. */
  #bring(at: Spot, point: Point, zoom: number): void {
    const held = Math.min(Math.max(zoom, ZOOM.least), ZOOM.most)
    this.#canvas.setViewportTransform([held, 0, 0, held, Math.round(point.x - at.x * held), Math.round(point.y - at.y * held)])
    this.#viewMoved()
  }

  #viewMoved(): void {
    this.#fitted = false
    if (this.#inHand !== null) setOutline(this.#inHand.object, this.zoom)
    this.#show()
    this.#events.moved(this.#viewport)
  }

  #show(): void {
    const view = this.#viewport
    const { x, y } = this.#choosing.by
    this.#layer.show(this.#scene, view, this.#apart)
    this.#chosenLayer.show(this.#several, { zoom: view.zoom, left: view.left + x * view.zoom, top: view.top + y * view.zoom }, NONE)
    this.#canvas.requestRenderAll()
  }

  #listen(): void {
    const canvas = this.#canvas
    this.#container.addEventListener('pointerdown', this.#grab, { capture: true })
    canvas.on('mouse:down', (info) => { this.#down(info) })
    canvas.on('mouse:move', (info) => { this.#move(info) })
    canvas.on('mouse:up', (info) => { this.#up(info) })
    canvas.on('mouse:out', (info) => { if (info.target === undefined) this.#events.pointed(null) })
    canvas.on('mouse:dblclick', () => { if (this.#inHand !== null && this.#tool === 'select') this.#events.opened() })
    canvas.on('mouse:wheel', ({ e, viewportPoint }) => {
      e.preventDefault()
      this.#zoomAt(viewportPoint, canvas.getZoom() * 0.999 ** e.deltaY)
    })
    canvas.on('object:moving', ({ target, e }) => {
      const object = target as ShapeObject
      if (this.#inHand?.object === object) applyGeometry(object, withCoordinates(this.#inHand.shape.op, this.#snapping.carried(geometryOf(object), e)))
    })
    canvas.on('object:modified', ({ action }) => {
      const hand = this.#inHand
      if (hand !== null) this.#events.changed(hand.id, geometryOf(hand.object), action === 'drag')
    })
    canvas.on('selection:cleared', () => {
      if (!this.#quiet) this.#choose([])
    })
    canvas.on('after:render', ({ ctx }) => { this.#paint(ctx) })
  }

  /** What a press begins, before Fabric looks for an object there: the shape under it is taken in hand, several chosen ones are carried, or a marquee starts. */
  readonly #grab = (event: PointerEvent): void => {
    if (this.#tool !== 'select' || this.#held || event.button !== 0) return
    if (this.#inHand?.object.findControl(this.#canvas.getViewportPoint(event), event.pointerType === 'touch') !== undefined) return
    const from = this.#canvas.getScenePoint(event)
    const hit = shapeAt(this.#scene.shapes, from, REACH / this.zoom)?.id ?? null
    if (event.shiftKey || hit === null) {
      this.#choosing.surround(from, this.#chosen, event.shiftKey, hit)
      if (event.shiftKey) this.#arrange()
      else this.#choose([])
    } else if (this.#chosen.length > 1 && this.#apart.has(hit)) {
      this.#choosing.carry(from, hit, this.#several.shapes.map(({ op }) => op))
    } else if (hit !== this.#inHand?.id) this.#choose([hit])
  }

  #choose(ids: readonly string[]): void {
    this.#chosen = ids
    this.#arrange()
    this.#events.chosen(ids)
  }

  #down({ e, scenePoint, viewportPoint }: TPointerEventInfo<TPointerEvent>): void {
    if (this.#panning() || ('button' in e && e.button === 1)) {
      this.#panFrom = viewportPoint
      return
    }
    if ('button' in e && e.button !== 0) return
    if (this.#tool === 'box' || this.#tool === 'line') this.#draft = startDraft(this.#tool, this.#snapping.spot(scenePoint, e))
  }

  #move({ e, scenePoint, viewportPoint }: TPointerEventInfo<TPointerEvent>): void {
    this.#events.pointed(scenePoint)
    if (this.#panFrom !== null) {
      this.#canvas.relativePan(viewportPoint.subtract(this.#panFrom))
      this.#panFrom = viewportPoint
      this.#viewMoved()
    } else if (this.#draft !== null) {
      this.#draft = moveDraft(this.#draft, e.shiftKey ? scenePoint : this.#snapping.spot(scenePoint, e), e.shiftKey)
      this.#canvas.requestRenderAll()
    } else if (this.#choosing.move(scenePoint, SLIP / this.zoom, (span) => this.#snapping.carried(span, e))) this.#show()
    else if (this.#tool === 'select' && !('buttons' in e && e.buttons > 0)) {
      if (shapeAt(this.#scene.shapes, scenePoint, REACH / this.zoom) !== null && this.#inHand?.object.findControl(viewportPoint) === undefined) this.#canvas.setCursor('move')
    }
  }

  #up({ e }: TPointerEventInfo<TPointerEvent>): void {
    this.#panFrom = null
    this.#snapping.end()
    const outcome = this.#choosing.end(this.#scene.shapes, SLIP / this.zoom)
    if (outcome?.kind === 'chosen') this.#choose(outcome.ids)
    if (outcome?.kind === 'carried') {
      this.#show()
      this.#events.carried(outcome.by.x, outcome.by.y)
    }
    const draft = this.#draft
    this.#draft = null
    this.#canvas.requestRenderAll()
    if (draft !== null && !('button' in e && e.button === 1)) this.#events.drawn(draft)
  }

  #panning(): boolean {
    return this.#held || this.#tool === 'pan'
  }

  #applyMode(): void {
    const select = this.#tool === 'select' && !this.#held
    this.#canvas.skipTargetFind = !select
    this.#canvas.defaultCursor = this.#panning() ? 'grab' : select ? 'default' : 'crosshair'
    this.#canvas.setCursor(this.#canvas.defaultCursor)
    this.#canvas.requestRenderAll()
  }

  /** Brings hand and layers in step with what is chosen; while a marquee is drawn nothing is in hand. */
  #arrange(): void {
    this.#quiet = true
    const alone = this.#chosen.length === 1 && this.#choosing.area === null ? this.#chosen[0] : undefined
    const hand = this.#inHand
    const shape = hand === null ? undefined : this.#scene.shapes.find(({ id }) => id === hand.id)
    if (hand !== null && (shape === undefined || hand.id !== alone || shape.op.kind !== hand.shape.op.kind)) this.#putDown()
    else if (hand !== null && shape !== undefined) {
      if (shape.op !== hand.shape.op) applyGeometry(hand.object, shape.op)
      hand.shape = shape
    }
    if (alone !== undefined && this.#inHand === null) this.#take(alone)
    this.#quiet = false
    this.#setApart(new Set(this.#inHand === null ? this.#chosen : [this.#inHand.id]))
    this.#show()
  }

  /** Layers know by identity whether anything is new. */
  #setApart(apart: ReadonlySet<string>): void {
    const shapes = this.#inHand === null ? this.#scene.shapes.filter(({ id }) => apart.has(id)) : []
    const [before, { frame }] = [this.#several, this.#scene]
    if (shapes.length !== before.shapes.length || frame !== before.frame || shapes.some((shape, i) => shape !== before.shapes[i])) this.#several = { ...EMPTY, frame, shapes }
    if (apart.size !== this.#apart.size || [...apart].some((id) => !this.#apart.has(id))) this.#apart = apart
  }

  #take(id: string): void {
    const shape = this.#scene.shapes.find((each) => each.id === id)
    if (shape === undefined) return
    const object = makeObject(shape.op, shape.colour, this.zoom, (at, event) => this.#snapping.spot(at, event))
    this.#inHand = { id, object, shape }
    this.#canvas.add(object)
    this.#canvas.setActiveObject(object)
  }

  #putDown(): void {
    const hand = this.#inHand
    if (hand === null) return
    this.#inHand = null
    this.#canvas.discardActiveObject()
    this.#canvas.remove(hand.object)
  }

  #paint(context: CanvasRenderingContext2D): void {
    // Fabric also renders single objects into scratch contexts to find the one under the pointer: those stay untouched.
    if (context !== this.#canvas.getContext()) return
    const ratio = this.#canvas.getRetinaScaling()
    const view = this.#viewport
    context.save()
    context.setTransform(ratio, 0, 0, ratio, 0, 0)
    if (this.#inHand !== null) this.#paintInHand(context, this.#inHand, view, ratio)
    if (this.#choosing.area !== null) paintMarquee(context, this.#choosing.area, view)
    if (this.#draft !== null) paintOutline(context, operationOf(this.#draft), view, { colour: colourAt(this.#scene.shapes.length), width: 2 })
    paintGuides(context, this.#snapping.guides, view, { width: this.#canvas.getWidth(), height: this.#canvas.getHeight() })
    context.restore()
  }

  /** Label and arrow follow the shape while it is dragged, before the document hears of it. */
  #paintInHand(context: CanvasRenderingContext2D, { shape, object }: InHand, view: Viewport, ratio: number): void {
    const op = withCoordinates(shape.op, geometryOf(object))
    if (op.kind === 'line') {
      context.fillStyle = shape.colour
      context.beginPath()
      traceArrow(context, op, view)
      context.fill()
    }
    this.#tags.paint(context, shape.flagged ? `⚠ ${op.label}` : op.label, shape.colour, tagPlace(op, view), ratio, true)
  }
}

function operationOf({ kind, from, to }: Draft): DrawOp {
  const shape = { imageIndex: 1, label: '', space: 'model' } as const
  return kind === 'box' ? { ...shape, kind, box: [from.x, from.y, to.x, to.y] } : { ...shape, kind, start: [from.x, from.y], end: [to.x, to.y] }
}
