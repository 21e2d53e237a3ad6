import type { Point } from './line.ts'

/**
 * Shapes as horizontal runs of whole pixels. Filling runs needs no anti-aliasing, so every canvas paints the same pixels;
 * the reference's drawing routine does not smooth edges either.
 */
export type Run = { readonly x: number; readonly y: number; readonly length: number }

/** A filled disc around a pixel's centre: the reference's 3-7-7-9-9-9-7-7-3 rows at radius 4. Clipped to the picture. */
export function discRuns(centre: Point, radius: number, width: number, height: number): Run[] {
  const cx = Math.round(centre[0])
  const cy = Math.round(centre[1])
  const reach = radius + 0.25
  const runs: Run[] = []
  for (let dy = -radius; dy <= radius; dy++) {
    const half = Math.floor(Math.sqrt(reach * reach - dy * dy))
    pushRun(runs, cx - half, cx + half, cy + dy, width, height)
  }
  return runs
}

/**
 * A straight stroke with butt ends: the pixels whose centres lie within the band (-w/2, w/2] across and [0, length] along.
 * Clipped to the picture, so coordinates may be anything finite.
 */
export function lineRuns(start: Point, end: Point, lineWidth: number, width: number, height: number): Run[] {
  const length = Math.hypot(end[0] - start[0], end[1] - start[1])
  if (!(length > 0) || !Number.isFinite(length)) return []
  const ux = (end[0] - start[0]) / length
  const uy = (end[1] - start[1]) / length
  const half = lineWidth / 2
  const runs: Run[] = []
  const top = Math.max(0, Math.ceil(Math.min(start[1], end[1]) - half))
  const bottom = Math.min(height - 1, Math.floor(Math.max(start[1], end[1]) + half))
  for (let y = top; y <= bottom; y++) {
    const dy = y - start[1]
    // across(x) = -uy (x - x0) + ux dy and along(x) = ux (x - x0) + uy dy are linear in x: intersect two intervals.
    const across = interval(-uy, ux * dy, -half + 1e-9, half)
    const along = interval(ux, uy * dy, 0, length)
    if (!across || !along) continue
    const from = Math.ceil(start[0] + Math.max(across[0], along[0]) - 1e-9)
    const to = Math.floor(start[0] + Math.min(across[1], along[1]) + 1e-9)
    pushRun(runs, from, to, y, width, height)
  }
  return runs
}

/** All t with low <= slope * t + offset <= high; null when there is none. */
function interval(slope: number, offset: number, low: number, high: number): [number, number] | null {
  if (Math.abs(slope) < 1e-12) return offset >= low && offset <= high ? [-Infinity, Infinity] : null
  const a = (low - offset) / slope
  const b = (high - offset) / slope
  return a <= b ? [a, b] : [b, a]
}

function pushRun(runs: Run[], from: number, to: number, y: number, width: number, height: number): void {
  if (y < 0 || y >= height) return
  const x = Math.max(from, 0)
  const last = Math.min(to, width - 1)
  if (last >= x) runs.push({ x, y, length: last - x + 1 })
}
