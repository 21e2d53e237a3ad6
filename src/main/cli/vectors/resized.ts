import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { SightlineError } from '#shared/domain/errors.ts'
import { decodeImage } from '../../image/codec.ts'
import { resizeBicubic } from '../../model/bicubic.ts'
import { smartResize, type Size } from '../../model/smartResize.ts'
import { outcomeOf, type VectorResult } from './result.ts'

const Limits = { min_pixels: z.number(), max_pixels: z.number() }
const ResizedFile = z.object({
  sizes: z.array(z.object({ height: z.number(), width: z.number(), ...Limits, resized: z.array(z.number()).length(2).nullable() })),
  pictures: z.array(z.object({ source: z.string(), resized: z.string(), ...Limits }))
})

const FACTOR = 28

/** resized/: smart resize's sizes ([height, width], null = refused) and bicubic pictures within 1/255 a channel. */
export async function checkResized(file: string, content: unknown, folder: string): Promise<VectorResult[]> {
  const { sizes, pictures } = ResizedFile.parse(content)
  const results = sizes.map(({ height, width, min_pixels, max_pixels, resized }, position) => {
    const found = sizeOrNull(width, height, min_pixels, max_pixels)
    const matches = found === null ? resized === null : found.height === resized?.[0] && found.width === resized[1]
    return outcomeOf(file, `size ${position}`, matches ? null : `${height} x ${width}: expected ${JSON.stringify(resized)}, got ${JSON.stringify(found)}`)
  })
  for (const picture of pictures) results.push(await comparePicture(file, folder, picture))
  return results
}

function sizeOrNull(width: number, height: number, minPixels: number, maxPixels: number): Size | null {
  try {
    return smartResize(width, height, { factor: FACTOR, minPixels, maxPixels })
  } catch (error) {
    if (error instanceof SightlineError && error.code === 'bad_input') return null
    throw error
  }
}

async function comparePicture(file: string, folder: string, picture: z.infer<typeof ResizedFile>['pictures'][number]): Promise<VectorResult> {
  const source = await decodeImage(await readFile(join(folder, picture.source)))
  const expected = await decodeImage(await readFile(join(folder, picture.resized)))
  const size = smartResize(source.width, source.height, { factor: FACTOR, minPixels: picture.min_pixels, maxPixels: picture.max_pixels })
  if (size.width !== expected.width || size.height !== expected.height) {
    return outcomeOf(file, picture.source, `expected ${expected.width} x ${expected.height}, got ${size.width} x ${size.height}`)
  }
  // Either pass may have come first in the reference: Pillow 13 chooses by the work (docs/decisions/0009).
  const worst = Math.min(...(['horizontal', 'vertical'] as const).map((order) =>
    resizeBicubic(source, size.width, size.height, order).data.reduce((most, value, i) => Math.max(most, Math.abs(value - (expected.data[i] ?? 0))), 0)))
  const result = outcomeOf(file, picture.source, worst <= 1 ? null : `a channel differs by ${worst}/255`)
  return { ...result, detail: result.detail || `largest difference ${worst}/255` }
}
