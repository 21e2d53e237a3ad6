import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { SightlineError } from '#shared/domain/errors.ts'
import { decodeImage } from '../../image/codec.ts'
import { openProcessor } from '../../model/checkpointFolder.ts'
import { preprocess, type ProcessorConfig } from '../../model/processor.ts'
import { openSafetensors } from '../../runtime/safetensors.ts'
import { IMAGES_FILE } from './caseFolder.ts'
import { compareIds, type Comparison, failed } from './comparison.ts'

const PictureCase = z.object({
  file: z.string(), min_pixels: z.int().positive().nullish(), max_pixels: z.int().positive().nullish(),
  grid_thw: z.array(z.int()).length(3), pixel_values_file: z.string()
})
type PictureCase = z.infer<typeof PictureCase>

/** A channel may differ by this many 255ths: Pillow rounds its own intermediate rows. */
const ALLOWED_255THS = 1

/** images.json: grid and normalised patches of each picture file against the checkpoint's own processor. */
export async function checkPictures(folder: string): Promise<Comparison[]> {
  const cases = z.array(PictureCase).parse(JSON.parse(await readFile(join(folder, IMAGES_FILE), 'utf8')))
  const processor = await openProcessor(folder)
  const found: Comparison[] = []
  for (const given of cases) found.push(...await checkPicture(folder, given, processor))
  return found
}

async function checkPicture(folder: string, given: PictureCase, own: ProcessorConfig): Promise<Comparison[]> {
  const processor = { ...own, minPixels: given.min_pixels ?? own.minPixels, maxPixels: given.max_pixels ?? own.maxPixels }
  const { patches, grid } = preprocess(await decodeImage(await readFile(join(folder, given.file))), processor)
  const sizes = compareIds(`${given.file} grid_thw`, grid, given.grid_thw)
  return sizes.passed ? [sizes, comparePixels(given.file, patches, await readValues(join(folder, given.pixel_values_file)), processor)] : [sizes]
}

/** Differences in 255ths of a channel: columns run over (channel, temporal, row, column). */
function comparePixels(file: string, got: Float32Array, expected: Float32Array, { patchSize, temporalPatchSize, std, rescaleFactor }: ProcessorConfig): Comparison {
  const quantity = `${file} pixel_values`
  if (got.length !== expected.length) return failed(quantity, `${got.length} values, the reference has ${expected.length}`)
  const plane = temporalPatchSize * patchSize ** 2
  let [absolute, levels] = [0, 0]
  for (let i = 0; i < got.length; i++) {
    const error = Math.abs((got[i] ?? Number.NaN) - (expected[i] ?? Number.NaN))
    if (Number.isNaN(error)) return failed(quantity, 'a value is not a number')
    absolute = Math.max(absolute, error)
    levels = Math.max(levels, (error * (std[Math.floor(i / plane) % 3] ?? 1)) / rescaleFactor)
  }
  // A tenth of slack: the reference may have rounded the normalised value to half precision.
  return { quantity, passed: levels <= ALLOWED_255THS + 0.1, maxAbsolute: absolute, maxRelative: levels / 255, detail: `largest difference ${levels.toFixed(3)}/255 of a channel` }
}

/** Values of a safetensors file (`pixel_values`, or its only tensor), a NumPy file, or bare little-endian float32. */
async function readValues(path: string): Promise<Float32Array> {
  if (path.endsWith('.safetensors')) {
    const file = await openSafetensors(path)
    try {
      return await file.read(file.names.includes('pixel_values') ? 'pixel_values' : (file.names[0] ?? 'pixel_values'))
    } finally {
      await file.close()
    }
  }
  const bytes = await readFile(path)
  const buffer = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength)
  return path.endsWith('.npy') ? numpyFloats(new Uint8Array(buffer), path) : new Float32Array(buffer)
}

/** A NumPy file of little-endian floats in C order. */
function numpyFloats(bytes: Uint8Array, path: string): Float32Array {
  const view = new DataView(bytes.buffer)
  const [from, length] = bytes[6] === 1 ? [10, view.getUint16(8, true)] : [12, view.getUint32(8, true)]
  const header = new TextDecoder().decode(bytes.subarray(from, from + length))
  const data = bytes.slice(from + length).buffer
  if (header.includes("'fortran_order': False") && header.includes("'<f4'")) return new Float32Array(data)
  if (header.includes("'fortran_order': False") && header.includes("'<f8'")) return Float32Array.from(new Float64Array(data))
  throw new SightlineError('bad_input', 'The NumPy file does not hold float32 or float64 in C order', { where: path })
}
