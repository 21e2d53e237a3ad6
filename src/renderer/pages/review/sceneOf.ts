import type { DrawOp } from '#shared/domain/drawOp.ts'
import type { ShapeRecord } from '#shared/domain/pathRecord.ts'
import { convertOp } from '#shared/geometry/space.ts'
import type { PathPicture } from '../../canvas/document/pathPictures.ts'
import { colourAt, type Comparison, type Scene } from '../../canvas/scene.ts'
import { isOutside } from '../../canvas/tools/adjust.ts'
import type { CanvasSettings } from '../../stores/canvasSettings.ts'

/** Which layers are wanted, and how strong. */
export type SceneChoice = Pick<CanvasSettings, 'onlyStep' | 'modelLayer' | 'humanLayer' | 'opacity'>

/**
 * What the canvas shows of a step on one picture, in model pixels. Shapes the model drew (`original`) and a person left as they
 * were are the model's layer, with ghosts of those changed or removed since; all others are the human layer.
 */
export function sceneOf(picture: PathPicture, shapes: readonly ShapeRecord[], original: readonly DrawOp[], compared: Comparison | null, choice: SceneChoice): Scene {
  const inModel = (op: DrawOp): DrawOp => convertOp(op, 'model', picture.sizes)
  const frame = picture.sizes.model
  const ownPlaces = new Set(shapes.map(({ op }) => placeOf(inModel(op))))
  const modelPlaces = new Set(original.map((op) => placeOf(inModel(op))))
  const placed = shapes.map(({ id, op: written }, position) => {
    const op = inModel(written)
    return { id, op, colour: colourAt(position), flagged: isOutside(op, frame) }
  })
  return {
    frame,
    shapes: placed.filter(({ op }) => modelPlaces.has(placeOf(op)) ? choice.modelLayer : choice.humanLayer),
    carried: choice.onlyStep ? [] : picture.carried.map(inModel),
    ghosts: choice.modelLayer ? original.map(inModel).filter((op) => !ownPlaces.has(placeOf(op))) : [],
    compared: compared === null ? null : { ...compared, before: inModel(compared.before), after: inModel(compared.after) },
    opacity: choice.opacity
  }
}

/** What makes two operations the same drawing, whatever picture of the line they are on. */
function placeOf(op: DrawOp): string {
  return JSON.stringify([op.kind, op.label, op.kind === 'box' ? op.box : [op.start, op.end]])
}
