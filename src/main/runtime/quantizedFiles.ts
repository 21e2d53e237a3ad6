import { SightlineError } from '#shared/domain/errors.ts'
import type { SafetensorsFile } from './safetensors.ts'
import type { Dtype } from './safetensorsHeader.ts'

/** Where a tensor lies, and the name it has there. */
export interface Place {
  readonly file: SafetensorsFile
  readonly stored: string
}

/** What the name of each part of a matrix in 4 bits ends with, after the matrix's own; its type and the axes of its shape. */
export const QUANTIZED_PARTS = { packed: '.packed', scales: '.scales', zeroPoints: '.zero_points' } as const

/** Where the three parts of a matrix in 4 bits lie. */
export type QuantizedPlaces = Readonly<Record<keyof typeof QUANTIZED_PARTS, Place & { readonly bytes: number }>>

/**
 * Takes the parts of matrices in 4 bits out of `places` and returns them by the matrix's name. Throws `bad_checkpoint` when their types or
 * shapes do not belong together.
 */
export function quantizedPlaces(places: Map<string, Place>, where: string): Map<string, QuantizedPlaces> {
  const found = new Map<string, QuantizedPlaces>()
  for (const name of [...places.keys()].filter((name) => name.endsWith(QUANTIZED_PARTS.packed))) {
    const matrix = name.slice(0, -QUANTIZED_PARTS.packed.length)
    const part = (kind: keyof typeof QUANTIZED_PARTS, dtype: Dtype, shapeOf: (out: number, blocks: number) => number[]): Place & { bytes: number } => {
      const place = places.get(matrix + QUANTIZED_PARTS[kind])
      const info = place?.file.info(place.stored)
      const [out = 0, blocks = 0] = places.get(name)?.file.info(places.get(name)?.stored ?? '').shape ?? []
      if (!place || info?.dtype !== dtype || info.shape.join() !== shapeOf(out, blocks).join() || blocks % 2 !== 0) {
        throw new SightlineError('bad_checkpoint', `${matrix}${QUANTIZED_PARTS[kind]} is not the ${dtype} tensor that a matrix in 4 bits has`, { where, advice: 'Import the model again' })
      }
      return { ...place, bytes: info.end - info.begin }
    }
    found.set(matrix, {
      packed: part('packed', 'U8', (out, blocks) => [out, blocks, 16]),
      scales: part('scales', 'F16', (out, blocks) => [out, blocks]),
      zeroPoints: part('zeroPoints', 'U8', (out, blocks) => [out, blocks / 2])
    })
  }
  for (const matrix of found.keys()) for (const ending of Object.values(QUANTIZED_PARTS)) places.delete(matrix + ending)
  return found
}

/** [out, in] of the matrix. */
export function quantizedShape({ packed: { file, stored } }: QuantizedPlaces): number[] {
  const [out = 0, blocks = 0] = file.info(stored).shape
  return [out, 32 * blocks]
}
