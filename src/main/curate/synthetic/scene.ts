import type { DrawOp } from '#shared/domain/drawOp.ts'
import type { Random } from '#shared/domain/random.ts'
import type { RawImage } from '#main/image/rawImage.ts'
import type { Box, Cell } from './grid.ts'
import { boxOf, freeCells } from './grid.ts'
import type { Colour } from './raster.ts'
import { fill, gradientBackground, insideCircle, insideDiamond, insideTriangle } from './raster.ts'
import type { TeacherKind, TeacherStep } from './syntheticItem.ts'
import type { WrittenBox } from './wireFormat.ts'
import { answerTurn, boxTurn } from './wireFormat.ts'

export const COLOURS = {
  red: [220, 40, 40],
  blue: [40, 70, 220],
  green: [30, 160, 60],
  yellow: [235, 200, 30],
  purple: [140, 50, 170],
  orange: [245, 130, 20]
} as const satisfies Record<string, Colour>
export type ColourName = keyof typeof COLOURS
export const COLOUR_NAMES = Object.keys(COLOURS) as ColourName[]

const SHAPES = {
  circle: insideCircle,
  square: () => true,
  triangle: insideTriangle,
  diamond: insideDiamond
} as const
export type ShapeName = keyof typeof SHAPES
export const SHAPE_NAMES = Object.keys(SHAPES) as ShapeName[]

/** A coloured shape filling the middle of one cell. */
export interface SceneObject {
  colour: ColourName
  shape: ShapeName
  cell: Cell
}

export const nameOf = (object: SceneObject) => `${object.colour} ${object.shape}`

/** Objects on free cells, no colour and shape together twice, in the order drawn at random. */
export function placeObjects(side: number, count: number, random: Random): SceneObject[] {
  const kinds = random.shuffled(COLOUR_NAMES.flatMap((colour) => SHAPE_NAMES.map((shape) => ({ colour, shape }))))
  const cells = freeCells(side, [], random)
  return kinds.slice(0, count).map((kind, i) => ({ ...kind, cell: cells[i] as Cell }))
}

/** Sorted as one reads: rows from the top, each from the left. */
export function inReadingOrder(objects: readonly SceneObject[]): SceneObject[] {
  return objects.toSorted((a, b) => a.cell[1] - b.cell[1] || a.cell[0] - b.cell[0])
}

export function paintScene(side: number, objects: readonly SceneObject[]): RawImage {
  const image = gradientBackground(side)
  for (const { colour, shape, cell } of objects) fill(image, boxOf(cell), COLOURS[colour], SHAPES[shape])
  return image
}

export interface LabelledObject {
  object: SceneObject
  label: string
}

export function boxTruth(targets: readonly LabelledObject[]): DrawOp[] {
  return targets.map(({ object, label }) => ({ kind: 'box', imageIndex: 1, box: boxOf(object.cell), label, space: 'source' }))
}

interface BoxScript {
  side: number
  targets: readonly LabelledObject[]
  /** Thought of the drawing turn and of the answer turn. */
  look: string
  conclude: string
  answer: string
}

/**
 * All boxes in one turn, then the answer. A reflective path first puts one box on a cell where none of the targets is, sees
 * the picture and draws that box again under its label.
 */
export function boxTeacher(script: BoxScript, kind: TeacherKind, random: Random): TeacherStep[] {
  const { targets, look, conclude, answer } = script
  const right = (index: number): WrittenBox[] => targets.map(({ object, label }) => ({ index, box: boxOf(object.cell), label }))
  const last = { text: answerTurn(conclude, answer), mistake: false }
  if (kind === 'plain') return [{ text: boxTurn(look, right(1)), mistake: false }, last]
  const slip = random.integer(0, targets.length - 1)
  const elsewhere = freeCells(script.side, targets.map(({ object }) => object.cell), random)[0] as Cell
  const wrong = right(1).map((written, i) => (i === slip ? { ...written, box: boxOf(elsewhere) satisfies Box } : written))
  const fixed = right(2)[slip] as WrittenBox
  return [
    { text: boxTurn(look, wrong), mistake: true },
    { text: boxTurn(`The box ${fixed.label} is wrong.`, [fixed]), mistake: false },
    last
  ]
}
