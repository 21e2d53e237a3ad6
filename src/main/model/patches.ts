import { SightlineError } from '#shared/domain/errors.ts'
import type { RawImage } from '../image/rawImage.ts'

/** A picture as the vision tower reads it. */
export interface PatchedImage {
  /** [P, 3 * temporalPatchSize * patchSize^2], normalised; four (merge^2) consecutive rows make one visual token. */
  readonly patches: Float32Array
  /** [t, h, w] in patches; t is 1 for a still picture (also for a video frame, given as a picture). */
  readonly grid: readonly [number, number, number]
  /** Visual tokens: t * h * w / merge^2. */
  readonly tokens: number
}

/** Sides of the patch grid and the per-channel normalisation of a processor. */
export interface PatchSettings {
  readonly patchSize: number
  readonly temporalPatchSize: number
  readonly mergeSize: number
  readonly mean: readonly [number, number, number]
  readonly std: readonly [number, number, number]
  readonly rescaleFactor: number
}

/**
 * Cuts a picture whose sides are multiples of patchSize * mergeSize into normalised patches. Rows run over merge groups
 * row-major, then (row, column) inside a group; columns over (channel, temporal, patch row, patch column): transformers'
 * view [T/t, t, 3, h/m, m, p, w/m, m, p] permuted by (0, 3, 6, 4, 7, 2, 1, 5, 8). A still picture fills all temporal
 * frames. Throws `bad_input` when a side does not divide.
 */
export function patchify(image: RawImage, settings: PatchSettings): PatchedImage {
  const { patchSize: size, temporalPatchSize: frames, mergeSize: merge } = settings
  const rows = image.height / size
  const columns = image.width / size
  if (image.height % (size * merge) !== 0 || image.width % (size * merge) !== 0) {
    throw new SightlineError('bad_input', `A ${image.width} x ${image.height} picture does not divide into ${size * merge} pixel cells`, {
      advice: 'Resize it to its model size first'
    })
  }
  const tables = [0, 1, 2].map((channel) => normalisation(settings, channel))
  const rowLength = 3 * frames * size * size
  const patches = new Float32Array(rows * columns * rowLength)
  let at = 0
  for (let groupRow = 0; groupRow < rows; groupRow += merge) {
    for (let groupColumn = 0; groupColumn < columns; groupColumn += merge) {
      for (let inside = 0; inside < merge * merge; inside++) {
        const top = (groupRow + Math.floor(inside / merge)) * size
        const left = (groupColumn + (inside % merge)) * size
        writePatch(image, top, left, size, frames, tables, patches, at)
        at += rowLength
      }
    }
  }
  return { patches, grid: [1, rows, columns], tokens: (rows * columns) / (merge * merge) }
}

function writePatch(
  image: RawImage, top: number, left: number, size: number, frames: number, tables: readonly Float32Array[],
  patches: Float32Array, start: number
): void {
  const area = size * size
  for (let channel = 0; channel < 3; channel++) {
    const table = tables[channel] as Float32Array
    const first = start + channel * frames * area
    for (let y = 0; y < size; y++) {
      let source = ((top + y) * image.width + left) * 3 + channel
      const target = first + y * size
      for (let x = 0; x < size; x++, source += 3) patches[target + x] = table[image.data[source] as number] as number
    }
    for (let frame = 1; frame < frames; frame++) patches.copyWithin(first + frame * area, first, first + area)
  }
}

/** Normalised value of each byte of a channel, rounded to float32 after each step like transformers' image processor. */
function normalisation({ mean, std, rescaleFactor }: PatchSettings, channel: number): Float32Array {
  const centre = Math.fround(mean[channel] ?? 0)
  const spread = Math.fround(std[channel] ?? 1)
  return Float32Array.from({ length: 256 }, (_, byte) => Math.fround(Math.fround(byte * rescaleFactor) - centre) / spread)
}
