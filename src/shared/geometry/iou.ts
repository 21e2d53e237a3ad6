import { boxArea, normaliseBox, type Box } from './box.ts'

/** Intersection over union in 0..1, corners in any order; 0 when both boxes are empty. */
export function intersectionOverUnion(a: Box, b: Box): number {
  const [ax1, ay1, ax2, ay2] = normaliseBox(a)
  const [bx1, by1, bx2, by2] = normaliseBox(b)
  const width = Math.max(0, Math.min(ax2, bx2) - Math.max(ax1, bx1))
  const height = Math.max(0, Math.min(ay2, by2) - Math.max(ay1, by1))
  const shared = width * height
  const union = boxArea(a) + boxArea(b) - shared
  return union > 0 ? shared / union : 0
}
