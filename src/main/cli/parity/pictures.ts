import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { describeError, SightlineError } from '#shared/domain/errors.ts'
import { decodeImage, imageSize, type Transparency } from '../../image/codec.ts'
import { type PassOrder, resizeBicubic } from '../../model/bicubic.ts'
import { openProcessor } from '../../model/checkpointFolder.ts'
import { patchify } from '../../model/patches.ts'
import { type ProcessorConfig, resizeLimits } from '../../model/processor.ts'
import { type Size, smartResize } from '../../model/smartResize.ts'
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
/**
 * Ways other programs read a file that are not ours but no less right: Pillow 13 resizes down before across where that is less work
 * (docs/decisions/0009), transformers leaves transparency out. They are tried in turn when ours does not fit.
 */
const READINGS: readonly { readonly order: PassOrder; readonly transparency: Transparency; readonly told: string }[] = [
  { order: 'horizontal', transparency: 'white', told: '' },
  { order: 'vertical', transparency: 'white', told: ', the vertical pass first' },
  { order: 'horizontal', transparency: 'ignored', told: ', transparency left out' },
  { order: 'vertical', transparency: 'ignored', told: ', the vertical pass first, transparency left out' }
]

/** images.json: grid and normalised patches of each picture file against the checkpoint's own processor. */
export async function checkPictures(folder: string): Promise<Comparison[]> {
  const cases = z.array(PictureCase).parse(JSON.parse(await readFile(join(folder, IMAGES_FILE), 'utf8')))
  const processor = await openProcessor(folder)
  const found: Comparison[] = []
  for (const given of cases) {
    try {
      found.push(...await checkPicture(folder, given, processor))
    } catch (error) {
      if (!(error instanceof SightlineError)) throw error
      found.push(failed(given.file, describeError(error)))
    }
  }
  return found
}

async function readCaseFile(folder: string, name: string): Promise<Buffer> {
  return await readFile(join(folder, name)).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT') throw new SightlineError('not_found', 'There is no such file', { where: join(folder, name), cause })
    throw cause
  })
}

async function checkPicture(folder: string, given: PictureCase, own: ProcessorConfig): Promise<Comparison[]> {
  const processor = { ...own, minPixels: given.min_pixels ?? own.minPixels, maxPixels: given.max_pixels ?? own.maxPixels }
  const bytes = await readCaseFile(folder, given.file)
  const { width, height } = await imageSize(bytes, given.file)
  const gridOf = (shown: Size): number[] => [1, shown.height / processor.patchSize, shown.width / processor.patchSize]
  // transformers and qwen_vl_utils size a picture narrower than half a cell differently; ours is the latter's.
  const wanted = [true, false].map((lifted) => smartResize(width, height, { ...resizeLimits(processor), lifted }))
  const size = wanted.find((shown) => gridOf(shown).join() === given.grid_thw.join()) ?? wanted[0] as Size
  const sizes = compareIds(`${given.file} grid_thw`, gridOf(size), given.grid_thw)
  if (!sizes.passed) return [sizes]
  const expected = await readValues(folder, given.pixel_values_file)
  const compared: Comparison[] = []
  for (const { order, transparency, told } of READINGS) {
    const image = await decodeImage(bytes, given.file, transparency)
    const shown = size.width === width && size.height === height ? image : resizeBicubic(image, size.width, size.height, order)
    const comparison = comparePixels(given.file, patchify(shown, processor).patches, expected, processor)
    if (comparison.passed) return [sizes, { ...comparison, detail: comparison.detail + told }]
    compared.push(comparison)
  }
  return [sizes, ...compared.slice(0, 1)]
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
async function readValues(folder: string, name: string): Promise<Float32Array> {
  const path = join(folder, name)
  if (path.endsWith('.safetensors')) {
    const file = await openSafetensors(path)
    try {
      return await file.read(file.names.includes('pixel_values') ? 'pixel_values' : (file.names[0] ?? 'pixel_values'))
    } finally {
      await file.close()
    }
  }
  const bytes = await readCaseFile(folder, name)
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
