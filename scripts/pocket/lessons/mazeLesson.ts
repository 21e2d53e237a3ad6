import type { Cell } from '#main/curate/synthetic/grid.ts'
import { cellsOf, centreOf, sameCell } from '#main/curate/synthetic/grid.ts'
import type { Direction, Maze } from '#main/curate/synthetic/maze.ts'
import { DIRECTION_NAMES, isInside, layMaze, letterAt, LETTERS, paintMaze, stepFrom } from '#main/curate/synthetic/maze.ts'
import { defaultOptions } from '#main/curate/synthetic/syntheticItem.ts'
import type { DrawOp } from '#shared/domain/drawOp.ts'
import type { Random } from '#shared/domain/random.ts'
import type { CellContent } from './contents.ts'
import { EMPTY } from './contents.ts'
import type { Draw, Lesson } from './lesson.ts'
import { listText, onPicture, pointText, withoutRepeats } from './lesson.ts'

type Exchange = readonly [string, string]

/** What a cell shows under the lines. */
function contentAt(maze: Maze, cell: Cell): string {
  return sameCell(cell, maze.start) ? 'dot' : (letterAt(maze, cell) ?? EMPTY)
}

interface Drawn {
  lines: DrawOp[]
  end: Cell
  /** Which way the newest line goes. */
  way: Direction
}

/** The beginning of the walk as lines from cell to cell, the newest last; that one often goes another way than the walk. */
function drawnLines(maze: Maze, random: Random): Drawn {
  const count = random.integer(1, maze.path.length)
  const cells = [maze.start, ...maze.path].slice(0, count)
  const from = cells.at(-1) as Cell
  const away = DIRECTION_NAMES.filter((name) => isInside(stepFrom(from, name), maze.side))
  const way = random.chance(0.4) ? random.pick(away) : (maze.moves[count - 1] as Direction)
  const end = stepFrom(from, way)
  const ends = [...cells, end].map(centreOf)
  const lines = cells.map((_, i): DrawOp => {
    const [start, stop] = ends.slice(i, i + 2) as [[number, number], [number, number]]
    return { kind: 'line', imageIndex: i + 1, start, end: stop, label: `${i + 1}`, space: 'source' }
  })
  return { lines, end, way }
}

function lineQuestion(maze: Maze, { end, way }: Drawn, random: Random): Exchange {
  switch (random.pick(['end', 'at', 'way'] as const)) {
    case 'end': return ['Where does the line end?', pointText(centreOf(end))]
    case 'at': return ['What is at the line end?', `It is ${contentAt(maze, end)}`]
    case 'way': return ['Which way does the line go?', `It is ${way}`]
  }
}

function question(maze: Maze, random: Random): Exchange {
  const letter = random.pick(LETTERS)
  switch (random.pick(['dot', 'letter', 'at'] as const)) {
    case 'dot': return ['Where is the dot?', pointText(centreOf(maze.start))]
    case 'letter': return [`Where is ${letter}?`, pointText(centreOf(maze.letters.get(letter) as Cell))]
    case 'at': {
      const cell = random.chance(0.4) ? random.pick(cellsOf(maze.side)) : (maze.letters.get(letter) as Cell)
      return [`What is at ${pointText(centreOf(cell))}?`, `It is ${contentAt(maze, cell)}`]
    }
  }
}

/** Where the dot, the letters and the end of the newest line are, and what is at a place; no moves are asked for. */
export function mazeLesson(random: Random, draw: Draw): Lesson {
  const maze = layMaze(random, defaultOptions)
  const drawn = random.chance(0.6) ? drawnLines(maze, random) : null
  const clean = paintMaze(maze)
  const image = drawn === null ? clean : draw(clean, drawn.lines)
  const end = drawn?.end ?? null
  const cells = cellsOf(maze.side)
  const isEnd = (cell: Cell) => end !== null && sameCell(cell, end)
  const things = cells.filter((cell) => contentAt(maze, cell) !== EMPTY || isEnd(cell))
  const list: Exchange = ['List all.', listText(things.map((cell) => {
    return { name: contentAt(maze, cell) + (isEnd(cell) ? ' end' : ''), place: centreOf(cell) }
  }))]
  const questions = withoutRepeats(Array.from({ length: 8 }, () => {
    return drawn !== null && random.chance(0.5) ? lineQuestion(maze, drawn, random) : question(maze, random)
  }))
  const contents = cells.map((cell): CellContent => {
    return { word: contentAt(maze, cell), detail: isEnd(cell) ? 'end' : null }
  })
  return onPicture(image, random.chance(0.5) ? [list, ...questions.slice(2)] : questions, contents)
}
