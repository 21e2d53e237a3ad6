import type { Cell } from '#main/curate/synthetic/grid.ts'
import { boxOf, cellsOf, centreOf } from '#main/curate/synthetic/grid.ts'
import { DIRECTION_NAMES, isInside, layMaze, LETTERS, movesText, stepFrom } from '#main/curate/synthetic/maze.ts'
import { COLOUR_NAMES, SHAPE_NAMES } from '#main/curate/synthetic/scene.ts'
import { defaultOptions } from '#main/curate/synthetic/syntheticItem.ts'
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
  const phrase = () => Array.from({ length: random.integer(1, 8) }, () => random.pick(words)).join(' ')
  return dialogue(repeat(4, () => {
    const text = random.chance(0.35) ? shapeText(random) : phrase()
    return [`Copy: ${text}`, text]
  }))
}

/** A numbered list as a maze question has it; its items are asked for, never where they lead in a picture. */
function lookUp(random: Random): Lesson {
  const moves = Array.from({ length: random.integer(2, 6) }, () => random.pick(DIRECTION_NAMES))
  const say = (k: number) => `Move ${k + 1} ${moves[k] as string}.`
  const order = random.shuffled(moves.map((_, i) => i))
  const head = `Moves: ${movesText(moves)}.`
  const all: Exchange = [`${head} Say them.`, moves.map((_, k) => say(k)).join(' ')]
  if (random.chance(0.4)) return dialogue([all])
  return dialogue(order.map((k, i): Exchange => [i === 0 ? `${head} Say move ${k + 1}.` : `Say move ${k + 1}.`, say(k)]))
}

/** The sums of a walk without any picture: each move's two points, where one ends the next begins. */
function walkSums(random: Random): Lesson {
  const { start, moves, path } = layMaze(random, defaultOptions)
  const points = [start, ...path].map((cell) => pointText(centreOf(cell)))
  const said = moves.map((move, i) => `Move ${i + 1} ${move}: ${points[i] as string} to ${points[i + 1] as string}.`)
  return dialogue([[`Start at ${points[0] as string}. Moves: ${movesText(moves)}. Write the points.`, said.join(' ')]])
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

/** Comparing two rows or columns, and how far apart two cells are, in words. */
function cellSums(random: Random): Lesson {
  return dialogue(repeat(5, (): Exchange => {
    const [a, b] = random.shuffled(CELLS) as [Cell, Cell]
    if (random.chance(0.5)) {
      const axis = random.integer(0, 1) as 0 | 1
      const [one, two] = [a, b].map((cell) => `${axis === 0 ? 'column' : 'row'} ${cell[axis] + 1}`) as [string, string]
      return [`Compare ${one} and ${two}.`, `${one} is ${a[axis] < b[axis] ? 'less' : a[axis] > b[axis] ? 'more' : 'no more'} than ${two}`]
    }
    const [across, down] = [Math.abs(a[0] - b[0]), Math.abs(a[1] - b[1])]
    const place = ([column, row]: Cell) => `column ${column + 1} row ${row + 1}`
    return [`From ${place(a)} to ${place(b)}?`, `${across} across, ${down} down, ${across + down} away`]
  }))
}

/**
 * Skills of pure text: copying, fetching items of a numbered list, coordinates one cell apart, comparing cells. Much of it
 * is copying: reading a place off a picture and a word off a question both need the attention that copying forms.
 */
export function textLesson(random: Random): Lesson {
  return random.pick([copying, copying, lookUp, lookUp, walkSums, walkSums, coordinates, cellSums])(random)
}
