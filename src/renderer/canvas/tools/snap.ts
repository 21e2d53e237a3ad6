import { coordinatesOf, type DrawOp } from '#shared/domain/drawOp.ts'
import { normaliseBox } from '#shared/geometry/box.ts'
import type { Four, Frame, Spot } from './adjust.ts'

/** What a gesture may snap to: single places, and the x and y of corners, edges, centres and ends, each list in order. */
export interface SnapTargets { readonly places: readonly Spot[]; readonly xs: readonly number[]; readonly ys: readonly number[] }

/** What a gesture snapped to, to be shown: a vertical line at `x`, a horizontal one at `y`, or the place where both meet. */
export interface Guides { readonly x: number | null; readonly y: number | null; readonly place: boolean }

export const NO_GUIDES: Guides = { x: null, y: null, place: false }

/** Corners, edge middles and centres of boxes, both ends and the middle of lines, and those of the picture itself. */
export function snapTargets(shapes: readonly DrawOp[], frame: Frame): SnapTargets {
  const places: Spot[] = gridOf([0, 0, frame.width, frame.height])
  for (const op of shapes) {
    const four = coordinatesOf(op)
    if (op.kind === 'box') places.push(...gridOf(normaliseBox(four)))
    else places.push({ x: four[0], y: four[1] }, { x: four[2], y: four[3] }, { x: (four[0] + four[2]) / 2, y: (four[1] + four[3]) / 2 })
  }
  return { places, xs: inOrder(places.map(({ x }) => x)), ys: inOrder(places.map(({ y }) => y)) }
}

/** The nearest place within reach, else the nearest x and the nearest y on their own. */
export function snapSpot(at: Spot, targets: SnapTargets, reach: number): { spot: Spot; guides: Guides } {
  const place = nearestPlace(at, targets.places, reach)
  if (place !== null) return { spot: place, guides: { x: place.x, y: place.y, place: true } }
  const x = nearest(targets.xs, at.x, reach)
  const y = nearest(targets.ys, at.y, reach)
  return { spot: { x: x ?? at.x, y: y ?? at.y }, guides: { x, y, place: false } }
}

/** A shape carried as a whole: its edges and its middle snap, its size stays. */
export function snapMove(four: Four, targets: SnapTargets, reach: number): { four: Four; guides: Guides } {
  const [x1, y1, x2, y2] = four
  const across = closest([x1, x2, (x1 + x2) / 2], targets.xs, reach)
  const down = closest([y1, y2, (y1 + y2) / 2], targets.ys, reach)
  const [dx, dy] = [across?.by ?? 0, down?.by ?? 0]
  return { four: [x1 + dx, y1 + dy, x2 + dx, y2 + dy], guides: { x: across?.to ?? null, y: down?.to ?? null, place: false } }
}

/** The nine places of a rectangle: corners, edge middles, centre. */
function gridOf([x1, y1, x2, y2]: readonly [number, number, number, number]): Spot[] {
  return [x1, (x1 + x2) / 2, x2].flatMap((x) => [y1, (y1 + y2) / 2, y2].map((y) => ({ x, y })))
}

function inOrder(values: readonly number[]): number[] {
  return [...new Set(values)].sort((a, b) => a - b)
}

function nearestPlace(at: Spot, places: readonly Spot[], reach: number): Spot | null {
  let best: Spot | null = null
  let least = reach
  for (const place of places) {
    const away = Math.hypot(place.x - at.x, place.y - at.y)
    if (away > least) continue
    best = place
    least = away
  }
  return best
}

/** The value of an ordered list that is nearest to `to`, if within reach. */
function nearest(values: readonly number[], to: number, reach: number): number | null {
  let [low, high] = [0, values.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((values[middle] ?? 0) < to) low = middle + 1
    else high = middle
  }
  const around = [values[low - 1], values[low]].filter((value) => value !== undefined)
  const best = around.reduce<number | null>((found, value) => found === null || Math.abs(value - to) < Math.abs(found - to) ? value : found, null)
  return best !== null && Math.abs(best - to) <= reach ? best : null
}

function closest(own: readonly number[], values: readonly number[], reach: number): { by: number; to: number } | null {
  let best: { by: number; to: number } | null = null
  for (const from of own) {
    const to = nearest(values, from, reach)
    if (to !== null && (best === null || Math.abs(to - from) < Math.abs(best.by))) best = { by: to - from, to }
  }
  return best
}
