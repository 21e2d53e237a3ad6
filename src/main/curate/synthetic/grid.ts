import type { Random } from '#shared/domain/random.ts'

/** One merged visual token of the model covers 28 x 28 pixels; everything is placed on cells of that size. */
export const CELL = 28

/** Column and row of a cell, from 0. */
export type Cell = readonly [number, number]

export type Box = [number, number, number, number]

const MARGIN = 4

export function centreOf([column, row]: Cell): [number, number] {
  return [column * CELL + CELL / 2, row * CELL + CELL / 2]
}

/** The 20 px square in the middle of a cell: [x1, y1, x2, y2]. */
export function boxOf([column, row]: Cell): Box {
  const x = column * CELL + MARGIN
  const y = row * CELL + MARGIN
  return [x, y, x + CELL - 2 * MARGIN, y + CELL - 2 * MARGIN]
}

export function sameCell(a: Cell, b: Cell): boolean {
  return a[0] === b[0] && a[1] === b[1]
}

/** All cells of a square picture in reading order. */
export function cellsOf(side: number): Cell[] {
  const count = side / CELL
  return Array.from({ length: count * count }, (_, i) => [i % count, Math.floor(i / count)] as const)
}

/** Cells other than `taken`, shuffled. */
export function freeCells(side: number, taken: readonly Cell[], random: Random): Cell[] {
  return random.shuffled(cellsOf(side).filter((cell) => !taken.some((other) => sameCell(cell, other))))
}
