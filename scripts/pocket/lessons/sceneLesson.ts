import type { Cell } from '#main/curate/synthetic/grid.ts'
import { boxOf, cellsOf, centreOf, sameCell } from '#main/curate/synthetic/grid.ts'
import type { SceneObject } from '#main/curate/synthetic/scene.ts'
import { COLOUR_NAMES, inReadingOrder, nameOf, paintScene, placeObjects, SHAPE_NAMES } from '#main/curate/synthetic/scene.ts'
import type { DrawOp } from '#shared/domain/drawOp.ts'
import type { Random } from '#shared/domain/random.ts'
import type { CellContent } from './contents.ts'
import { EMPTY } from './contents.ts'
import type { Draw, Lesson } from './lesson.ts'
import { listText, onPicture, pointText, withoutRepeats } from './lesson.ts'

type Exchange = readonly [string, string]

const SIDE = 112

function contentAt(objects: readonly SceneObject[], cell: Cell): string {
  const found = objects.find((object) => sameCell(object.cell, cell))
  return found === undefined ? EMPTY : nameOf(found)
}

function question(objects: readonly SceneObject[], random: Random): Exchange {
  const object = random.pick(objects)
  const [column, row] = object.cell
  switch (random.pick(['box', 'box', 'box', 'same', 'at', 'column', 'row', 'cell', 'cell', 'cell'] as const)) {
    case 'box': return [`Where is the ${nameOf(object)}?`, pointText(boxOf(object.cell))]
    case 'same': {
      const alike = inReadingOrder(objects.filter(({ colour }) => colour === object.colour))
      return [`Where are the ${object.colour} shapes?`, alike.map(({ cell }) => pointText(boxOf(cell))).join(', ')]
    }
    case 'at': {
      const cell = random.chance(0.3) ? random.pick(cellsOf(SIDE)) : object.cell
      return [`What is at ${pointText(centreOf(cell))}?`, `It is ${contentAt(objects, cell)}`]
    }
    case 'column': return [`Which column is the ${nameOf(object)} in?`, `column ${column + 1}`]
    case 'row': return [`Which row is the ${nameOf(object)} in?`, `row ${row + 1}`]
    case 'cell': return [`Which cell is the ${nameOf(object)} in?`, `The ${nameOf(object)} is in column ${column + 1} row ${row + 1}.`]
  }
}

/** Scenes whose colours repeat, as count questions have them, or whose objects all differ. */
function objectsOf(random: Random): SceneObject[] {
  const objects = placeObjects(SIDE, random.integer(2, 7), random)
  if (random.chance(0.5)) return objects
  const [one, two] = random.shuffled(COLOUR_NAMES)
  const seen = new Set<string>()
  return objects
    .map((object) => ({ ...object, colour: random.pick([one, one, two, object.colour]) as SceneObject['colour'] }))
    .map((object) => ({ ...object, shape: random.pick(SHAPE_NAMES) }))
    .filter((object) => !seen.has(nameOf(object)) && seen.add(nameOf(object)))
}

/** Boxes as a finished path would carry them, so that drawn pictures are read as well as clean ones. */
function drawnBoxes(objects: readonly SceneObject[], random: Random): DrawOp[] {
  const boxed = random.shuffled(objects).slice(0, random.integer(1, Math.min(4, objects.length)))
  return boxed.map(({ cell }, i) => ({ kind: 'box', imageIndex: 1, box: boxOf(cell), label: `${i + 1}`, space: 'source' }))
}

/** What is where in a picture of coloured shapes: a list of all things, boxes, names and cells. */
export function sceneLesson(random: Random, draw: Draw): Lesson {
  const objects = objectsOf(random)
  const clean = paintScene(SIDE, objects)
  const image = random.chance(0.3) ? draw(clean, drawnBoxes(objects, random)) : clean
  const cells = cellsOf(SIDE)
  const things = inReadingOrder(objects).map((object) => ({ name: nameOf(object), place: boxOf(object.cell) }))
  const list: Exchange = ['List all.', listText(things)]
  const questions = withoutRepeats(Array.from({ length: 7 }, () => question(objects, random)))
  const contents = cells.map((cell): CellContent => {
    const found = objects.find((object) => sameCell(object.cell, cell))
    return found === undefined ? { word: EMPTY, detail: null } : { word: found.colour, detail: found.shape }
  })
  return onPicture(image, random.chance(0.5) ? [list, ...questions.slice(2)] : questions, contents)
}
