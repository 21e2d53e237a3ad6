/** A rectangle [x1, y1, x2, y2] in pixels, origin top left. */
export type Box = readonly [number, number, number, number]

/** The same rectangle with x1 <= x2 and y1 <= y2 (models write corners in any order). */
export function normaliseBox(box: Box): [number, number, number, number] {
  const [x1, y1, x2, y2] = box
  return [Math.min(x1, x2), Math.min(y1, y2), Math.max(x1, x2), Math.max(y1, y2)]
}

/** The part of a box inside a picture of this size; a box wholly outside collapses onto the border. */
export function clampBox(box: Box, width: number, height: number): [number, number, number, number] {
  const within = (value: number, limit: number): number => Math.min(Math.max(value, 0), limit)
  const [x1, y1, x2, y2] = normaliseBox(box)
  return [within(x1, width), within(y1, height), within(x2, width), within(y2, height)]
}

/** Area in square pixels, corners in any order. */
export function boxArea(box: Box): number {
  return Math.abs(box[2] - box[0]) * Math.abs(box[3] - box[1])
}

export function boxCentre(box: Box): [number, number] {
  return [(box[0] + box[2]) / 2, (box[1] + box[3]) / 2]
}

export function boxContains(box: Box, x: number, y: number): boolean {
  const [x1, y1, x2, y2] = normaliseBox(box)
  return x >= x1 && x <= x2 && y >= y1 && y <= y2
}
