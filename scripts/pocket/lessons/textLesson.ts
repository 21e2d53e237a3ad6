import { boxOf, cellsOf, centreOf } from '#main/curate/synthetic/grid.ts'
import { DIRECTION_NAMES, isInside, LETTERS, movesText, stepFrom } from '#main/curate/synthetic/maze.ts'
import { COLOUR_NAMES, SHAPE_NAMES } from '#main/curate/synthetic/scene.ts'
import { writeBox, writeLine } from '#main/curate/synthetic/wireFormat.ts'
import type { Random } from '#shared/domain/random.ts'
import type { Lesson } from './lesson.ts'
import { pointText } from './lesson.ts'

type Exchange = readonly [string, string]

const SIDE = 112
const CELLS = cellsOf(SIDE)

const dialogue = (exchanges: readonly Exchange[]): Lesson => ({
  turns: exchanges.map(([user, assistant]) => ({ user, images: [], assistant })),
  contents: []
})

const repeat = (count: number, make: () => Exchange) => Array.from({ length: count }, make)

/** Shapes in the wire format with numbers of no meaning: the spelling is learnt, not where to draw. */
function shapeText(random: Random): string {
  const number = () => random.integer(0, SIDE - 1)
  const index = random.integer(1, 6)
  const label = random.chance(0.5) ? `${random.integer(1, 6)}` : `${random.pick(COLOUR_NAMES)} ${random.pick(SHAPE_NAMES)}`
  return random.chance(0.5)
    ? writeLine({ index, start: [number(), number()], end: [number(), number()], label })
    : writeBox({ index, box: [number(), number(), number(), number()], label })
}

function copying(random: Random): Lesson {
  const words = [
    ...DIRECTION_NAMES, ...LETTERS, ...COLOUR_NAMES, ...SHAPE_NAMES, 'empty', 'dot', 'line', 'box', 'column', 'row', 'the', 'is', 'in',
    'yes', 'no', 'less', 'more', 'wrong', 'end', '1', '2', '3', '4', '5', '6'
  ]
  const phrase = () => Array.from({ length: random.integer(3, 9) }, () => random.pick(words)).join(' ')
  return dialogue(repeat(4, () => {
    const text = random.chance(0.5) ? shapeText(random) : phrase()
    return [`Copy: ${text}`, text]
  }))
}

/** Numbered lists as a maze question has them; move k is asked for, never where it leads. */
function lookUp(random: Random): Lesson {
  const moves = Array.from({ length: random.integer(2, 6) }, () => random.pick(DIRECTION_NAMES))
  const order = random.chance(0.5) ? moves.map((_, i) => i) : random.shuffled(moves.map((_, i) => i))
  const head = `Moves: ${movesText(moves)}.`
  return dialogue(order.map((k, i): Exchange => {
    const ask = `Which is move ${k + 1}?`
    return [i === 0 ? `${head} ${ask}` : ask, `Move ${k + 1} is ${moves[k] as string}.`]
  }))
}

/** One cell further from a point, and the column, row or box of a point. */
function coordinates(random: Random): Lesson {
  return dialogue(repeat(6, (): Exchange => {
    const cell = random.pick(CELLS)
    const point = pointText(centreOf(cell))
    if (random.chance(0.7)) {
      const direction = random.pick(DIRECTION_NAMES.filter((name) => isInside(stepFrom(cell, name), SIDE)))
      return [`From ${point} go ${direction}.`, pointText(centreOf(stepFrom(cell, direction)))]
    }
    const box = pointText(boxOf(cell))
    return random.chance(0.5)
      ? [`Which cell is ${box} in?`, `column ${cell[0] + 1} row ${cell[1] + 1}`]
      : [`Box at column ${cell[0] + 1} row ${cell[1] + 1}.`, box]
  }))
}

/** Comparing and subtracting single digits, in words. */
function digits(random: Random): Lesson {
  return dialogue(repeat(6, (): Exchange => {
    const [a, b] = [random.integer(0, 6), random.integer(0, 6)]
    if (random.chance(0.5)) return [`From ${a} to ${b}?`, `${Math.abs(a - b)} away`]
    return [`Compare ${a} and ${b}.`, `${a} is ${a < b ? 'less than' : a > b ? 'more than' : 'as much as'} ${b}`]
  }))
}

/** Skills of pure text: copying, fetching an item of a numbered list, coordinates one cell apart, comparing digits. */
export function textLesson(random: Random): Lesson {
  return random.pick([copying, lookUp, lookUp, coordinates, coordinates, digits])(random)
}
