import type { Grid } from './positions.ts'

export interface VisionLayoutSettings {
  readonly patchSize: number
  readonly mergeSize: number
  readonly windowSize: number
}

/** Attention segments as rows of a table: which patch sits where, and back. */
export interface SegmentTable {
  readonly count: number
  /** The longest segment; shorter ones are padded with patch 0 and masked as keys. */
  readonly length: number
  /** [count * length] patch of each place. */
  readonly index: Int32Array
  /** [patches] place of each patch. */
  readonly inverse: Int32Array
  /** [count * length] 0 for a patch, -1e9 for padding. */
  readonly bias: Float32Array
}

/**
 * Windows of one image as lists of merged cells: the merged grid of each time slice is cut into squares of `windowSize` pixels, row
 * by row, cells row by row inside; edge windows are smaller. Their concatenation is transformers' `window_index`.
 */
export function windowsOf([frames, height, width]: Grid, settings: VisionLayoutSettings): number[][] {
  const side = Math.floor(settings.windowSize / settings.mergeSize / settings.patchSize)
  const [rows, columns] = [height / settings.mergeSize, width / settings.mergeSize]
  const windows: number[][] = []
  for (let frame = 0; frame < frames; frame++) {
    for (let top = 0; top < rows; top += side) {
      for (let left = 0; left < columns; left += side) {
        const cells: number[] = []
        for (let r = top; r < Math.min(top + side, rows); r++) {
          for (let c = left; c < Math.min(left + side, columns); c++) cells.push((frame * rows + r) * columns + c)
        }
        windows.push(cells)
      }
    }
  }
  return windows
}

/** The windows of a list of images, as patches: each merged cell is mergeSize^2 consecutive patch rows. */
export function windowSegments(grids: readonly Grid[], settings: VisionLayoutSettings): SegmentTable {
  const perCell = settings.mergeSize ** 2
  let first = 0
  const segments: Int32Array[] = []
  for (const grid of grids) {
    for (const cells of windowsOf(grid, settings)) {
      segments.push(Int32Array.from({ length: cells.length * perCell }, (_, i) => first + (cells[Math.floor(i / perCell)] ?? 0) * perCell + (i % perCell)))
    }
    first += grid[0] * grid[1] * grid[2]
  }
  return segmentTable(segments)
}

/** One segment per time slice: full attention. */
export function sliceSegments(grids: readonly Grid[]): SegmentTable {
  let first = 0
  const segments: Int32Array[] = []
  for (const [frames, height, width] of grids) {
    for (let frame = 0; frame < frames; frame++, first += height * width) {
      const from = first
      segments.push(Int32Array.from({ length: height * width }, (_, i) => from + i))
    }
  }
  return segmentTable(segments)
}

function segmentTable(segments: readonly Int32Array[]): SegmentTable {
  const length = Math.max(...segments.map((segment) => segment.length))
  const index = new Int32Array(segments.length * length)
  const bias = new Float32Array(segments.length * length).fill(-1e9)
  const inverse = new Int32Array(segments.reduce((count, segment) => count + segment.length, 0))
  segments.forEach((segment, s) => {
    index.set(segment, s * length)
    bias.fill(0, s * length, s * length + segment.length)
    segment.forEach((patch, i) => {
      inverse[patch] = s * length + i
    })
  })
  return { count: segments.length, length, index, inverse, bias }
}

/**
 * Rotary rows of the patches: [patches, headDim / 2] cos and sin, the first half of the angles from the patch's row, the second from its
 * column, frequencies 10000^(-4i/headDim); patches in merge-group order, repeated for each time slice.
 */
export function patchRotary(grids: readonly Grid[], headDim: number, mergeSize: number): { cos: Float32Array; sin: Float32Array } {
  const quarter = headDim / 4
  const frequencies = Float32Array.from({ length: quarter }, (_, i) => 1 / 10000 ** ((4 * i) / headDim))
  const patches = grids.reduce((count, [t, h, w]) => count + t * h * w, 0)
  const cos = new Float32Array(patches * 2 * quarter)
  const sin = new Float32Array(patches * 2 * quarter)
  let at = 0
  const write = (place: number): void => {
    for (let i = 0; i < quarter; i++) {
      const angle = Math.fround(place * (frequencies[i] as number))
      cos[at] = Math.cos(angle)
      sin[at++] = Math.sin(angle)
    }
  }
  for (const [frames, height, width] of grids) {
    for (let patch = 0; patch < frames * height * width; patch++) {
      const inside = patch % mergeSize ** 2
      const cell = Math.floor(patch / mergeSize ** 2) % ((height * width) / mergeSize ** 2)
      const columns = width / mergeSize
      write(Math.floor(cell / columns) * mergeSize + Math.floor(inside / mergeSize))
      write((cell % columns) * mergeSize + (inside % mergeSize))
    }
  }
  return { cos, sin }
}
