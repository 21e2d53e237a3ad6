import { Canvas, FabricImage, type FabricObject, Point, type TMat2D, type TPointerEvent, type TPointerEventInfo } from 'fabric'
import type { DrawOp } from '#shared/domain/drawOp.ts'
import type { ShapeRecord } from '#shared/domain/pathRecord.ts'
import type { Four, Frame, Spot } from '../tools/adjust.ts'
import { type Draft, moveDraft, startDraft } from '../tools/draft.ts'
import { colourAt, paintOverlay } from './overlay.ts'
import { applyGeometry, geometryOf, makeObject, setOutline, type ShapeObject } from './shapeObjects.ts'

export type ToolName = 'select' | 'pan' | 'box' | 'line'

/** What the view tells; it changes nothing by itself. */
export interface ViewEvents {
  drawn(draft: Draft): void
  /** `moved`: the shape was carried as a whole, its size is meant to stay. */
  changed(id: string, four: Four, moved: boolean): void
  selected(id: string | null): void
  moved(view: { zoom: number; left: number; top: number }): void
  pointed(at: Spot | null): void
}

const ZOOM = { least: 0.05, most: 64 }
const MARGIN = 24

/** A projection of a step's shapes onto a canvas: the document is the truth, this shows it and reports gestures. */
export class FabricView {
  readonly #canvas: Canvas
  readonly #events: ViewEvents
  readonly #objects = new Map<string, ShapeObject>()
  readonly #idOf = new Map<FabricObject, string>()
  #shapes: readonly ShapeRecord[] = []
  #carried: readonly DrawOp[] = []
  #frame: Frame = { width: 1, height: 1 }
  #tool: ToolName = 'select'
  #held = false
  #draft: Draft | null = null
  #panFrom: Point | null = null
  #pictureUrl = ''
  #quiet = false

  constructor(element: HTMLCanvasElement, events: ViewEvents) {
    this.#events = events
    this.#canvas = new Canvas(element, { preserveObjectStacking: true, fireMiddleClick: true, uniformScaling: false, selection: false,
      targetFindTolerance: 6, renderOnAddRemove: false, stopContextMenu: true })
    this.#listen()
  }

  async dispose(): Promise<void> {
    await this.#canvas.dispose()
  }

  resize(width: number, height: number): void {
    this.#canvas.setDimensions({ width, height })
    this.#canvas.requestRenderAll()
  }

  /** Shows a picture stretched to `frame` (model pixels), so that shapes are drawn in the numbers they are stored in. */
  async setPicture(url: string, frame: Frame): Promise<void> {
    this.#frame = frame
    if (url === this.#pictureUrl) return
    this.#pictureUrl = url
    const image = await FabricImage.fromURL(url)
    if (url !== this.#pictureUrl) return
    image.set({ originX: 'left', originY: 'top', left: 0, top: 0, scaleX: frame.width / image.width, scaleY: frame.height / image.height, objectCaching: false })
    image.imageSmoothing = Math.min(frame.width, frame.height) > 256
    this.#canvas.backgroundImage = image
    this.#canvas.requestRenderAll()
  }

  setShapes(shapes: readonly ShapeRecord[], carried: readonly DrawOp[], selectedId: string | null): void {
    this.#quiet = true
    const before = new Map(this.#shapes.map((shape) => [shape.id, shape]))
    this.#shapes = shapes
    this.#carried = carried
    const kept = new Set(shapes.map((shape) => shape.id))
    for (const [id, object] of this.#objects) if (!kept.has(id)) this.#drop(id, object)
    for (const [position, shape] of shapes.entries()) {
      const object = this.#objects.get(shape.id)
      if (object === undefined) this.#add(shape, position)
      else if (before.get(shape.id)?.op !== shape.op) applyGeometry(object, shape.op)
    }
    this.#stackSmallestOnTop()
    this.#showSelection(selectedId)
    this.#quiet = false
    this.#canvas.requestRenderAll()
  }

  /** Puts every shape where the document says, e.g. after a gesture the document did not take as it was. */
  place(): void {
    for (const { id, op } of this.#shapes) {
      const object = this.#objects.get(id)
      if (object !== undefined) applyGeometry(object, op)
    }
    this.#canvas.requestRenderAll()
  }

  setTool(tool: ToolName): void {
    this.#tool = tool
    this.#draft = null
    this.#applyMode()
  }

  /** Space held: pan whatever the tool is. */
  holdPan(held: boolean): void {
    this.#held = held
    this.#applyMode()
  }

  cancelDraft(): boolean {
    if (this.#draft === null) return false
    this.#draft = null
    this.#canvas.requestRenderAll()
    return true
  }

  fit(): void {
    const [width, height] = [this.#canvas.getWidth() - 2 * MARGIN, this.#canvas.getHeight() - 2 * MARGIN]
    this.#centreAt(Math.min(width / this.#frame.width, height / this.#frame.height))
  }

  /** @param zoom screen pixels per model pixel */
  zoomTo(zoom: number): void {
    this.#zoomAt(new Point(this.#canvas.getWidth() / 2, this.#canvas.getHeight() / 2), zoom)
  }

  get zoom(): number {
    return this.#canvas.getZoom()
  }

  #centreAt(zoom: number): void {
    const held = Math.min(Math.max(zoom, ZOOM.least), ZOOM.most)
    const left = (this.#canvas.getWidth() - this.#frame.width * held) / 2
    const top = (this.#canvas.getHeight() - this.#frame.height * held) / 2
    this.#canvas.setViewportTransform([held, 0, 0, held, left, top])
    this.#viewMoved()
  }

  #zoomAt(point: Point, zoom: number): void {
    this.#canvas.zoomToPoint(point, Math.min(Math.max(zoom, ZOOM.least), ZOOM.most))
    this.#viewMoved()
  }

  #viewMoved(): void {
    const [zoom, , , , left, top] = this.#canvas.viewportTransform
    const active = this.#canvas.getActiveObject()
    for (const object of this.#objects.values()) setOutline(object, zoom, object === active)
    this.#canvas.requestRenderAll()
    this.#events.moved({ zoom, left, top })
  }

  #listen(): void {
    const canvas = this.#canvas
    canvas.on('mouse:down', (info) => { this.#down(info) })
    canvas.on('mouse:move', (info) => { this.#move(info) })
    canvas.on('mouse:up', () => { this.#up() })
    canvas.on('mouse:out', (info) => { if (info.target === undefined) this.#events.pointed(null) })
    canvas.on('mouse:wheel', ({ e, viewportPoint }) => {
      e.preventDefault()
      this.#zoomAt(viewportPoint, canvas.getZoom() * 0.999 ** e.deltaY)
    })
    canvas.on('object:modified', ({ target, action }) => {
      const id = this.#idOf.get(target)
      if (id !== undefined) this.#events.changed(id, geometryOf(target as ShapeObject), action === 'drag')
    })
    const tellSelection = (): void => {
      if (this.#quiet) return
      const active = canvas.getActiveObject()
      this.#events.selected(active === undefined ? null : this.#idOf.get(active) ?? null)
    }
    canvas.on('selection:created', tellSelection)
    canvas.on('selection:updated', tellSelection)
    canvas.on('selection:cleared', tellSelection)
    canvas.on('after:render', ({ ctx }) => { this.#paint(ctx) })
  }

  #down({ e, scenePoint, viewportPoint }: TPointerEventInfo<TPointerEvent>): void {
    if (this.#panning() || ('button' in e && e.button === 1)) {
      this.#panFrom = viewportPoint
      return
    }
    if (this.#tool === 'box' || this.#tool === 'line') this.#draft = startDraft(this.#tool, scenePoint)
  }

  #move({ e, scenePoint, viewportPoint }: TPointerEventInfo<TPointerEvent>): void {
    this.#events.pointed(scenePoint)
    if (this.#panFrom !== null) {
      this.#canvas.relativePan(viewportPoint.subtract(this.#panFrom))
      this.#panFrom = viewportPoint
      this.#viewMoved()
    } else if (this.#draft !== null) {
      this.#draft = moveDraft(this.#draft, scenePoint, e.shiftKey)
      this.#canvas.requestRenderAll()
    }
  }

  #up(): void {
    this.#panFrom = null
    const draft = this.#draft
    this.#draft = null
    if (draft !== null) {
      this.#canvas.requestRenderAll()
      this.#events.drawn(draft)
    }
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

  #add(shape: ShapeRecord, position: number): void {
    const object = makeObject(shape.op, colourAt(position), this.#canvas.getZoom())
    this.#objects.set(shape.id, object)
    this.#idOf.set(object, shape.id)
    this.#canvas.add(object)
  }

  #drop(id: string, object: ShapeObject): void {
    this.#objects.delete(id)
    this.#idOf.delete(object)
    this.#canvas.remove(object)
  }

  /** A small box inside a large one stays reachable, and lines lie over boxes. */
  #stackSmallestOnTop(): void {
    const area = (object: ShapeObject): number => object.type === 'line' ? 0 : object.width * object.height
    const ordered = [...this.#objects.values()].sort((a, b) => area(b) - area(a))
    for (const [index, object] of ordered.entries()) if (this.#canvas.item(index) !== object) this.#canvas.moveObjectTo(object, index)
  }

  #showSelection(id: string | null): void {
    const wanted = id === null ? undefined : this.#objects.get(id)
    const active = this.#canvas.getActiveObject()
    if (wanted === active) return
    if (active !== undefined) setOutline(active as ShapeObject, this.#canvas.getZoom(), false)
    if (wanted === undefined) this.#canvas.discardActiveObject()
    else {
      setOutline(wanted, this.#canvas.getZoom(), true)
      this.#canvas.setActiveObject(wanted)
    }
  }

  #paint(context: CanvasRenderingContext2D): void {
    // Fabric also renders single objects into scratch contexts to find the one under the pointer: those stay untouched.
    if (context !== this.#canvas.getContext()) return
    const active = this.#canvas.getActiveObject()
    const shapes = this.#shapes.map(({ id, op }, position) => {
      const object = this.#objects.get(id)
      const shown = object === undefined ? op : asShown(op, object)
      return { op: shown, colour: colourAt(position), selected: object !== undefined && object === active }
    })
    const draft = this.#draft === null ? null : { draft: this.#draft, colour: colourAt(this.#shapes.length) }
    const matrix: TMat2D = this.#canvas.viewportTransform
    paintOverlay(context, matrix, this.#canvas.getRetinaScaling(), { frame: this.#frame, shapes, carried: this.#carried, draft })
  }
}

/** Labels and arrow heads follow a shape while it is dragged, before the document hears of it. */
function asShown(op: DrawOp, object: ShapeObject): DrawOp {
  const [x1, y1, x2, y2] = geometryOf(object)
  return op.kind === 'box' ? { ...op, box: [x1, y1, x2, y2] } : { ...op, start: [x1, y1], end: [x2, y2] }
}
