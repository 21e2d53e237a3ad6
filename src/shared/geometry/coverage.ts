import type { PathSink } from './glyphs.ts'

/** A stretch of whole pixels of one row, covered alike: `alpha` in 1..255. */
export type CoverageRun = { readonly x: number; readonly y: number; readonly length: number; readonly alpha: number }

/** Samples a pixel in each direction; quadratic curves become this many chords. */
const SAMPLES = 4
const CHORDS = 4

type Edge = { readonly x0: number; readonly y0: number; readonly x1: number; readonly y1: number }

/**
 * Fills outlines by the nonzero rule with sixteen samples a pixel. Canvases smooth the edges of a path each in its own way,
 * which changes with their version; counted here, a label has the same pixels everywhere.
 */
export class Outline implements PathSink {
  readonly #edges: Edge[] = []
  #start: readonly [number, number] = [0, 0]
  #at: readonly [number, number] = [0, 0]

  moveTo(x: number, y: number): void {
    this.closePath()
    this.#start = [x, y]
    this.#at = [x, y]
  }

  lineTo(x: number, y: number): void {
    const [x0, y0] = this.#at
    if (y0 !== y) this.#edges.push({ x0, y0, x1: x, y1: y })
    this.#at = [x, y]
  }

  quadraticCurveTo(cpx: number, cpy: number, x: number, y: number): void {
    const [x0, y0] = this.#at
    for (let chord = 1; chord <= CHORDS; chord++) {
      const t = chord / CHORDS
      const [a, b, c] = [(1 - t) * (1 - t), 2 * t * (1 - t), t * t]
      this.lineTo(a * x0 + b * cpx + c * x, a * y0 + b * cpy + c * y)
    }
  }

  closePath(): void {
    this.lineTo(...this.#start)
  }

  /** The covered pixels of a picture of this size, row by row. */
  runs(width: number, height: number): CoverageRun[] {
    this.closePath()
    const ends = this.#edges.flatMap(({ y0, y1 }) => [y0, y1])
    const top = Math.max(0, Math.floor(Math.min(...ends)))
    const bottom = Math.min(height - 1, Math.floor(Math.max(...ends)))
    const runs: CoverageRun[] = []
    for (let y = top; y <= bottom; y++) pushRuns(runs, this.#row(y, width), y)
    return runs
  }

  /** Samples covered in each pixel of row `y`, 0..16. */
  #row(y: number, width: number): Uint8Array {
    const counts = new Uint8Array(width)
    for (let sample = 0; sample < SAMPLES; sample++) {
      for (const [from, to] of this.#spans(y + (sample + 0.5) / SAMPLES)) {
        const first = Math.max(0, Math.ceil(from * SAMPLES - 0.5))
        const last = Math.min(width * SAMPLES - 1, Math.ceil(to * SAMPLES - 0.5) - 1)
        for (let i = first; i <= last; i++) counts[Math.floor(i / SAMPLES)] = (counts[Math.floor(i / SAMPLES)] ?? 0) + 1
      }
    }
    return counts
  }

  /** Where the horizontal at `y` is inside. */
  #spans(y: number): [number, number][] {
    const crossings = this.#edges
      .filter(({ y0, y1 }) => Math.min(y0, y1) <= y && y < Math.max(y0, y1))
      .map(({ x0, y0, x1, y1 }) => ({ x: x0 + ((y - y0) / (y1 - y0)) * (x1 - x0), turn: y1 > y0 ? 1 : -1 }))
      .sort((a, b) => a.x - b.x)
    const spans: [number, number][] = []
    let winding = 0
    crossings.forEach(({ x, turn }, i) => {
      winding += turn
      const next = crossings[i + 1]
      if (winding !== 0 && next !== undefined && next.x > x) spans.push([x, next.x])
    })
    return spans
  }
}

function pushRuns(runs: CoverageRun[], counts: Uint8Array, y: number): void {
  for (let x = 0; x < counts.length;) {
    const count = counts[x] ?? 0
    let end = x + 1
    while (end < counts.length && counts[end] === count) end++
    if (count > 0) runs.push({ x, y, length: end - x, alpha: Math.round((count * 255) / (SAMPLES * SAMPLES)) })
    x = end
  }
}
