import { SightlineError } from '#shared/domain/errors.ts'

export type Grid = readonly [number, number, number]

/** Rotary positions of a token sequence: three rows (time, height, width), and where the next token goes. */
export interface Positions {
  readonly t: Int32Array
  readonly h: Int32Array
  readonly w: Int32Array
  readonly next: number
}

export interface PositionSettings {
  readonly imagePad: number
  readonly mergeSize: number
}

/**
 * M-RoPE positions of still images in text (QWEN_VL.md section 6): text counts up in all three rows; an image's tokens share the time
 * of their first one and count rows and columns of the merged grid from it; text goes on after the largest value used.
 * `start` continues a sequence whose earlier part ended there. Throws `bad_input` when pads and grids do not match.
 */
export function tokenPositions(ids: ArrayLike<number>, grids: readonly Grid[], settings: PositionSettings, start = 0): Positions {
  const n = ids.length
  const [t, h, w] = [new Int32Array(n), new Int32Array(n), new Int32Array(n)]
  let next = start
  let image = 0
  for (let i = 0; i < n; ) {
    if (ids[i] !== settings.imagePad) {
      t[i] = h[i] = w[i] = next++
      i++
      continue
    }
    const grid = grids[image++]
    if (!grid) throw new SightlineError('bad_input', `the tokens hold more images than the ${grids.length} given`)
    const [frames, rows, columns] = [grid[0], grid[1] / settings.mergeSize, grid[2] / settings.mergeSize]
    for (let k = 0; k < frames * rows * columns; k++, i++) {
      if (ids[i] !== settings.imagePad) throw new SightlineError('bad_input', `image ${image} needs ${frames * rows * columns} placeholders, the tokens hold ${k}`)
      t[i] = next + Math.floor(k / (rows * columns))
      h[i] = next + (Math.floor(k / columns) % rows)
      w[i] = next + (k % columns)
    }
    next += Math.max(frames, rows, columns)
  }
  if (image < grids.length) throw new SightlineError('bad_input', `${grids.length} images given, the tokens hold ${image}`)
  return { t, h, w, next }
}

/** Rotary angles by position: cos and sin rows of half a head, each frequency reading the axis its section names. */
export class RotaryTable {
  readonly half: number
  readonly #frequencies: Float32Array
  readonly #axes: Uint8Array
  #cos = new Float32Array(0)
  #sin = new Float32Array(0)
  #rows = 0

  /** `sections` splits the half head between time, height and width; they must add up to it. */
  constructor(headDim: number, theta: number, sections: readonly number[]) {
    this.half = headDim / 2
    this.#frequencies = Float32Array.from({ length: this.half }, (_, i) => 1 / theta ** ((2 * i) / headDim))
    this.#axes = Uint8Array.from(sections.flatMap((size, axis) => new Array<number>(size).fill(axis)))
    if (this.#axes.length !== this.half) {
      throw new SightlineError('bad_checkpoint', `rotary sections ${sections.join('+')} do not add up to half a head (${this.half})`)
    }
  }

  /** Writes the rows of `positions` into cos and sin [rows, half] from row `at` on. Angles are rounded to float32, as the reference's are. */
  write(positions: Positions, cos: Float32Array, sin: Float32Array, at: number): void {
    this.#grow(positions.next + 1)
    const rows = [positions.t, positions.h, positions.w]
    const { half } = this
    for (let i = 0; i < half; i++) {
      const row = rows[this.#axes[i] ?? 0] as Int32Array
      for (let k = 0; k < row.length; k++) {
        const from = (row[k] as number) * half + i
        const to = (at + k) * half + i
        cos[to] = this.#cos[from] as number
        sin[to] = this.#sin[from] as number
      }
    }
  }

  #grow(rows: number): void {
    if (rows <= this.#rows) return
    this.#rows = Math.max(rows, 2 * this.#rows, 256)
    this.#cos = new Float32Array(this.#rows * this.half)
    this.#sin = new Float32Array(this.#rows * this.half)
    for (let position = 0; position < this.#rows; position++) {
      for (let i = 0; i < this.half; i++) {
        const angle = Math.fround(position * (this.#frequencies[i] as number))
        this.#cos[position * this.half + i] = Math.cos(angle)
        this.#sin[position * this.half + i] = Math.sin(angle)
      }
    }
  }
}
