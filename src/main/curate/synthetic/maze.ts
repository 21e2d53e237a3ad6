import type { DrawOp } from '#shared/domain/drawOp.ts'
import { Random } from '#shared/domain/random.ts'
import type { RawImage } from '#main/image/rawImage.ts'
import type { Cell } from './grid.ts'
import { CELL, cellsOf, centreOf, freeCells, sameCell } from './grid.ts'
import { fill, gradientBackground, insideCircle, writeLetter } from './raster.ts'
import { COLOURS } from './scene.ts'
import type { GeneratorOptions, MadeItem, TeacherKind, TeacherStep } from './syntheticItem.ts'
import type { WrittenLine } from './wireFormat.ts'
import { answerTurn, lineTurn } from './wireFormat.ts'

export const DIRECTIONS = { up: [0, -1], down: [0, 1], left: [-1, 0], right: [1, 0] } as const satisfies Record<string, Cell>
export type Direction = keyof typeof DIRECTIONS
export const DIRECTION_NAMES = Object.keys(DIRECTIONS) as Direction[]

export const LETTER_COLOURS = { A: 'red', B: 'blue', C: 'green', D: 'orange' } as const
export type Letter = keyof typeof LETTER_COLOURS
export const LETTERS = Object.keys(LETTER_COLOURS) as Letter[]

export interface Maze {
  side: number
  start: Cell
  moves: Direction[]
  /** The cell reached after each move; as long as `moves`. */
  path: Cell[]
  letters: ReadonlyMap<Letter, Cell>
}

export function stepFrom(cell: Cell, direction: Direction): Cell {
  const [dx, dy] = DIRECTIONS[direction]
  return [cell[0] + dx, cell[1] + dy]
}

export function isInside([column, row]: Cell, side: number): boolean {
  const count = side / CELL
  return column >= 0 && row >= 0 && column < count && row < count
}

/** A walk that never meets itself; null when it runs into a dead end. */
function walk(side: number, start: Cell, length: number, random: Random): { moves: Direction[]; path: Cell[] } | null {
  const moves: Direction[] = []
  const path: Cell[] = []
  let here = start
  for (let i = 0; i < length; i++) {
    const open = DIRECTION_NAMES.filter((name) => {
      const next = stepFrom(here, name)
      return isInside(next, side) && !sameCell(next, start) && !path.some((cell) => sameCell(cell, next))
    })
    if (open.length === 0) return null
    const direction = random.pick(open)
    here = stepFrom(here, direction)
    moves.push(direction)
    path.push(here)
  }
  return { moves, path }
}

/** A start, a walk, and four letters: one where the walk ends, the others anywhere else but the start. */
export function layMaze(random: Random, { side, moves: [fewest, most] }: GeneratorOptions): Maze {
  const start = random.pick(cellsOf(side))
  const length = random.integer(fewest, most)
  let walked = walk(side, start, length, random)
  while (walked === null) walked = walk(side, start, length, random)
  const end = walked.path.at(-1) as Cell
  const cells = [end, ...freeCells(side, [start, end], random)]
  const letters = new Map(random.shuffled(LETTERS).map((letter, i) => [letter, cells[i] as Cell]))
  return { side, start, ...walked, letters }
}

export function letterAt(maze: Maze, cell: Cell): Letter | undefined {
  return LETTERS.find((letter) => sameCell(maze.letters.get(letter) as Cell, cell))
}

export function paintMaze({ side, start, letters }: Maze): RawImage {
  const image = gradientBackground(side)
  for (let at = 0; at <= side; at += CELL) {
    fill(image, [at, 0, at + 1, side], [205, 205, 205])
    fill(image, [0, at, side, at + 1], [205, 205, 205])
  }
  for (const [letter, [column, row]] of letters) {
    const [x, y] = [column * CELL, row * CELL]
    fill(image, [x + 5, y + 5, x + 23, y + 23], COLOURS[LETTER_COLOURS[letter]])
    writeLetter(image, letter, x + 12, y + 11, [255, 255, 255])
  }
  const [x, y] = centreOf(start)
  fill(image, [x - 6, y - 6, x + 6, y + 6], [0, 0, 0], insideCircle)
  return image
}

export function movesText(moves: readonly Direction[]): string {
  return moves.map((move, i) => `${i + 1} ${move}`).join(', ')
}

/** One line a move, each drawn on the newest picture; a reflective path draws one of them the wrong way first. */
function teach(maze: Maze, answer: string, kind: TeacherKind, random: Random): TeacherStep[] {
  const slip = kind === 'reflective' ? random.integer(0, maze.moves.length - 1) : -1
  const steps: TeacherStep[] = []
  let from = maze.start
  maze.moves.forEach((move, i) => {
    const line = (to: Cell): WrittenLine => ({ index: steps.length + 1, start: centreOf(from), end: centreOf(to), label: `${i + 1}` })
    const say = `Move ${i + 1} ${move}.`
    if (i === slip) {
      const wrong = random.pick(DIRECTION_NAMES.filter((name) => name !== move && isInside(stepFrom(from, name), maze.side)))
      steps.push({ text: lineTurn(say, [line(stepFrom(from, wrong))]), mistake: true })
    }
    const to = maze.path[i] as Cell
    steps.push({ text: lineTurn(i === slip ? `Line ${i + 1} is wrong. ${say}` : say, [line(to)]), mistake: false })
    from = to
  })
  return [...steps, { text: answerTurn(`The end is at ${answer}.`, answer), mistake: false }]
}

/** "Start at the dot. Moves: 1 up, 2 right. Which letter?": follow numbered moves over a grid of cells. */
export function makeMaze(random: Random, options: GeneratorOptions): MadeItem {
  const maze = layMaze(random, options)
  const answer = letterAt(maze, maze.path.at(-1) as Cell) as Letter
  const ends = [maze.start, ...maze.path].map(centreOf)
  const truth = maze.moves.map((_, i): DrawOp => {
    const [start, end] = ends.slice(i, i + 2) as [[number, number], [number, number]]
    return { kind: 'line', imageIndex: 1, start, end, label: `${i + 1}`, space: 'source' }
  })
  return {
    task: 'maze',
    questionType: 'multipleChoice',
    question: `Start at the dot. Moves: ${movesText(maze.moves)}. Which letter?`,
    options: [...LETTERS],
    answer,
    truth,
    tags: [`${maze.moves.length} moves`],
    image: paintMaze(maze),
    teacher: (kind, seed) => teach(maze, answer, kind, Random.seeded(seed, `maze teacher ${kind}`))
  }
}
