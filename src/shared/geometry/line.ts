import { type Box, normaliseBox } from './box.ts'

/** A point [x, y] in pixels, origin top left. */
export type Point = readonly [number, number]

export function distance(a: Point, b: Point): number {
  return Math.hypot(b[0] - a[0], b[1] - a[1])
}

/** Distance in pixels from a point to the segment from `start` to `end`. */
export function distanceToSegment(point: Point, start: Point, end: Point): number {
  const dx = end[0] - start[0]
  const dy = end[1] - start[1]
  const lengthSquared = dx * dx + dy * dy
  if (lengthSquared === 0) return distance(point, start)
  const along = ((point[0] - start[0]) * dx + (point[1] - start[1]) * dy) / lengthSquared
  const t = Math.min(Math.max(along, 0), 1)
  return distance(point, [start[0] + t * dx, start[1] + t * dy])
}

/** Both ends of two directed lines lie within `tolerance` pixels of each other (per axis). */
export function sameLine(a: readonly [Point, Point], b: readonly [Point, Point], tolerance: number): boolean {
  const near = (p: Point, q: Point): boolean => Math.abs(p[0] - q[0]) <= tolerance && Math.abs(p[1] - q[1]) <= tolerance
  return near(a[0], b[0]) && near(a[1], b[1])
}

/** Whether any part of the segment from `start` to `end` lies in the rectangle, corners in any order (Liang and Barsky, 1984). */
export function segmentTouches([x1, y1]: Point, [x2, y2]: Point, area: Box): boolean {
  const [left, top, right, bottom] = normaliseBox(area)
  let [from, to] = [0, 1]
  for (const [toEdge, along] of [[x1 - left, x1 - x2], [right - x1, x2 - x1], [y1 - top, y1 - y2], [bottom - y1, y2 - y1]] as const) {
    if (along === 0 && toEdge < 0) return false
    if (along < 0) from = Math.max(from, toEdge / along)
    if (along > 0) to = Math.min(to, toEdge / along)
  }
  return from <= to
}
