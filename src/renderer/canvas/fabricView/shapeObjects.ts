import { Control, controlsUtils, type FabricObject, Line as FabricLine, Point, Rect, type TPointerEvent } from 'fabric'
import type { Four, Spot } from '../tools/adjust.ts'
import { coordinatesOf, type DrawOp } from '#shared/domain/drawOp.ts'

/** Fabric's picture of one operation. Fabric never owns geometry: every change is read back and told to the document. */
export type ShapeObject = Rect | FabricLine

/** Where a dragged corner or end goes. */
type Snap = (at: Spot, event: TPointerEvent) => Spot

const OUTLINE = 3
const PIXELS_AROUND_A_LINE = 6
/** A dragged edge stops this short of the opposite one, in model pixels: a box keeps an inside. */
const THINNEST = 1

/** @param zoom screen pixels per model pixel, so that outlines keep their width on screen */
export function makeObject(op: DrawOp, colour: string, zoom: number, snap: Snap): ShapeObject {
  const common = { stroke: colour, strokeWidth: OUTLINE / zoom, objectCaching: false, lockRotation: true, cornerColor: '#ffffff',
    cornerStrokeColor: colour, borderColor: colour, cornerSize: 9, touchCornerSize: 20, transparentCorners: false, hoverCursor: 'move' }
  const object = op.kind === 'box' ? makeBox(common, snap) : makeLine(common, snap)
  applyGeometry(object, op)
  return object
}

function makeBox(common: object, snap: Snap): Rect {
  const rect = new Rect({ ...common, originX: 'center', originY: 'center', fill: 'rgba(255,255,255,0.04)' })
  rect.controls = Object.fromEntries(HANDLES.map(([across, down]) => [`edge${across}${down}`, edgeControl(across, down, snap)]))
  return rect
}

function makeLine(common: object, snap: Snap): FabricLine {
  const line = new FabricLine([0, 0, 1, 1], { ...common, hasBorders: false, perPixelTargetFind: true, padding: PIXELS_AROUND_A_LINE })
  line.controls = { start: endpointControl('1', snap), end: endpointControl('2', snap) }
  return line
}

/** Places an object by the operation's numbers. The centre is the origin, so the outline's width shifts nothing. */
export function applyGeometry(object: ShapeObject, op: DrawOp): void {
  const [x1, y1, x2, y2] = coordinatesOf(op)
  if (object instanceof FabricLine) object.set({ x1, y1, x2, y2 })
  else object.set({ left: (x1 + x2) / 2, top: (y1 + y2) / 2, width: Math.abs(x2 - x1), height: Math.abs(y2 - y1) })
  object.setCoords()
}

/** The four numbers an object now stands for. */
export function geometryOf(object: ShapeObject): Four {
  if (object instanceof FabricLine) {
    const { start, end } = endsOf(object)
    return [start.x, start.y, end.x, end.y]
  }
  const centre = object.getCenterPoint()
  const [halfWidth, halfHeight] = [object.width / 2, object.height / 2]
  return [centre.x - halfWidth, centre.y - halfHeight, centre.x + halfWidth, centre.y + halfHeight]
}

/** Keeps the outline's width on screen. */
export function setOutline(object: ShapeObject, zoom: number): void {
  object.set({ strokeWidth: OUTLINE / zoom })
  object.setCoords()
}

function endsOf(line: FabricLine): { start: Point; end: Point } {
  const local = line.calcLinePoints()
  const matrix = line.calcTransformMatrix()
  return { start: new Point(local.x1, local.y1).transform(matrix), end: new Point(local.x2, local.y2).transform(matrix) }
}

/** Handles of a box: which vertical and which horizontal edge each one takes along (-1 first, 1 second, 0 neither). */
const HANDLES = [[-1, -1], [0, -1], [1, -1], [-1, 0], [1, 0], [-1, 1], [0, 1], [1, 1]] as const

/**
 * A handle that sets edges to where the pointer is. Fabric's own scaling measures the outline too, so that a box seen from
 * afar would be off by its outline's width.
 */
function edgeControl(across: -1 | 0 | 1, down: -1 | 0 | 1, snap: Snap): Control {
  return new Control({
    x: across / 2, y: down / 2,
    actionName: 'resize',
    cursorStyleHandler: controlsUtils.scaleCursorStyleHandler,
    positionHandler: (_dimensions, _matrix, object: FabricObject) => {
      const centre = object.getCenterPoint()
      return new Point(centre.x + (across * object.width) / 2, centre.y + (down * object.height) / 2).transform(object.getViewportTransform())
    },
    actionHandler: (event, { target }, pointerX, pointerY) => {
      if (!(target instanceof Rect)) return false
      const { x, y } = snap({ x: pointerX, y: pointerY }, event)
      const [x1, y1, x2, y2] = geometryOf(target)
      const [left, right] = across === -1 ? [Math.min(x, x2 - THINNEST), x2] : across === 1 ? [x1, Math.max(x, x1 + THINNEST)] : [x1, x2]
      const [top, bottom] = down === -1 ? [Math.min(y, y2 - THINNEST), y2] : down === 1 ? [y1, Math.max(y, y1 + THINNEST)] : [y1, y2]
      target.set({ left: (left + right) / 2, top: (top + bottom) / 2, width: right - left, height: bottom - top })
      target.setCoords()
      return true
    }
  })
}

function endpointControl(which: '1' | '2', snap: Snap): Control {
  return new Control({
    actionName: 'endpoint',
    cursorStyle: 'crosshair',
    positionHandler: (_dimensions, _matrix, object: FabricObject) => {
      if (!(object instanceof FabricLine)) return new Point(0, 0)
      const { start, end } = endsOf(object)
      return (which === '1' ? start : end).transform(object.getViewportTransform())
    },
    actionHandler: (event, { target }, x, y) => {
      if (!(target instanceof FabricLine)) return false
      const { start, end } = endsOf(target)
      const at = snap({ x, y }, event)
      const [from, to] = which === '1' ? [at, end] : [start, at]
      target.set({ x1: from.x, y1: from.y, x2: to.x, y2: to.y })
      target.setCoords()
      return true
    },
    render: (context, left, top, _style, object) => {
      context.save()
      context.fillStyle = '#ffffff'
      context.strokeStyle = typeof object.stroke === 'string' ? object.stroke : '#000000'
      context.lineWidth = 2
      context.beginPath()
      context.arc(left, top, 5, 0, 2 * Math.PI)
      context.fill()
      context.stroke()
      context.restore()
    }
  })
}
