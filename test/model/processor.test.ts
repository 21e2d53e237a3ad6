import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { decodeImage } from '../../src/main/image/codec.ts'
import { blankImage } from '../../src/main/image/rawImage.ts'
import { resizeBicubic } from '../../src/main/model/bicubic.ts'
import { patchify } from '../../src/main/model/patches.ts'
import { modelSize, preprocess, readProcessorConfig, resizeToModel, visualTokens, writeProcessorConfig } from '../../src/main/model/processor.ts'
import { roundHalfEven, smartResize } from '../../src/main/model/smartResize.ts'

const folder = new URL('../fixtures/pixels/', import.meta.url)
const picture = (name: string) => decodeImage(readFileSync(new URL(name, folder)), name)
const Fixture = z.object({
  resizes: z.array(z.object({ source: z.string(), resized: z.string(), width: z.int(), height: z.int() })),
  patches: z.array(z.object({
    source: z.string(), min_pixels: z.int(), max_pixels: z.int(), stride: z.int(), grid: z.array(z.int()), values: z.array(z.number())
  }))
})
const fixture = Fixture.parse(JSON.parse(readFileSync(new URL('pixels.json', folder), 'utf8')))

const RELEASED = {
  min_pixels: 3136, max_pixels: 12845056, patch_size: 14, temporal_patch_size: 2, merge_size: 2,
  image_mean: [0.48145466, 0.4578275, 0.40821073], image_std: [0.26862954, 0.26130258, 0.27577711],
  image_processor_type: 'Qwen2VLImageProcessor', processor_class: 'Qwen2_5_VLProcessor'
}

describe('smartResize', () => {
  it.each([
    [70, 98, 3136, 351232, 56, 112], [714, 462, 3136, 12845056, 728, 448], [14, 462, 3136, 1003520, 28, 448],
    [98, 70, 16384, 200704, 168, 112], [3675, 1682, 16384, 200704, 644, 280]
  ])('%i x %i between %i and %i -> %i x %i', (width, height, minPixels, maxPixels, newWidth, newHeight) => {
    expect(smartResize(width, height, { minPixels, maxPixels, factor: 28 })).toEqual({ width: newWidth, height: newHeight })
  })

  it('rounds halves to even', () => {
    expect([0.5, 1.5, 2.5, 3.5, 2.4999, -0.5].map(roundHalfEven)).toEqual([0, 2, 2, 4, 2, 0])
  })

  it('takes a ratio of 200 and refuses more', () => {
    const limits = { minPixels: 3136, maxPixels: 1003520, factor: 28 }
    expect(smartResize(5600, 28, limits)).toEqual({ width: 5600, height: 28 })
    expect(() => smartResize(5601, 28, limits)).toThrow(/200 times/u)
  })

  it('gives multiples of the factor, and what it gives it keeps', () => {
    const side = fc.integer({ min: 20, max: 4000 })
    fc.assert(fc.property(side, side, (width, height) => {
      const limits = { minPixels: 16384, maxPixels: 200704, factor: 28 }
      fc.pre(Math.max(width, height) / Math.min(width, height) < 20)
      const size = smartResize(width, height, limits)
      expect([size.width % 28, size.height % 28]).toEqual([0, 0])
      expect(size.width * size.height).toBeLessThanOrEqual(limits.maxPixels)
      expect(smartResize(size.width, size.height, limits)).toEqual(size)
    }))
  })
})

describe('resizeBicubic', () => {
  it.each(fixture.resizes)('equals Pillow bit for bit: $source to $width x $height', async ({ source, resized, width, height }) => {
    const ours = resizeBicubic(await picture(source), width, height)
    expect(Buffer.compare(ours.data, (await picture(resized)).data)).toBe(0)
  })

  it('keeps a plain colour and never shares memory with its source', () => {
    const plain = blankImage(13, 7, [9, 200, 255])
    expect(resizeBicubic(plain, 28, 56)).toEqual(blankImage(28, 56, [9, 200, 255]))
    const same = resizeBicubic(plain, 13, 7)
    expect(same).toEqual(plain)
    expect(same.data.buffer).not.toBe(plain.data.buffer)
  })
})

describe('preprocess', () => {
  it.each(fixture.patches)("equals transformers' patches of $source within float32", async ({ source, min_pixels, max_pixels, stride, grid, values }) => {
    const config = readProcessorConfig({ ...RELEASED, min_pixels, max_pixels })
    const image = await picture(source)
    const result = preprocess(image, config)
    expect(result.grid).toEqual(grid)
    expect(result.tokens).toBe(visualTokens(image.width, image.height, config))
    expect(Math.ceil(result.patches.length / stride)).toBe(values.length)
    const worst = Math.max(...values.map((value, i) => Math.abs(value - (result.patches[i * stride] ?? NaN))))
    expect(worst).toBeLessThan(1e-6)
  })

  it('orders rows by merge group and columns by channel, frame, row, column', () => {
    const config = { ...readProcessorConfig(RELEASED), mean: [0, 0, 0] as const, std: [1, 1, 1] as const, rescaleFactor: 1, patchSize: 2 }
    const data = Uint8Array.from({ length: 8 * 4 * 3 }, (_, i) => i)
    const { patches, grid, tokens } = patchify({ width: 8, height: 4, data }, config)
    expect([grid, tokens]).toEqual([[1, 2, 4], 2])
    const corner = (x: number, y: number): number => (y * 8 + x) * 3
    const rowLength = 3 * 2 * 4
    const firstValues = Array.from({ length: 8 }, (_, row) => patches[row * rowLength])
    expect(firstValues).toEqual([corner(0, 0), corner(2, 0), corner(0, 2), corner(2, 2), corner(4, 0), corner(6, 0), corner(4, 2), corner(6, 2)])
    expect([...patches.subarray(0, 8)]).toEqual([0, 3, 24, 27, 0, 3, 24, 27])
    expect(patches[8]).toBe(1)
  })

  it('leaves a picture of model size alone and refuses one that does not divide', () => {
    const config = readProcessorConfig(RELEASED)
    const image = blankImage(112, 56)
    expect(resizeToModel(image, config)).toBe(image)
    expect(modelSize(344, 297, { ...config, minPixels: 16384, maxPixels: 200704 })).toEqual({ width: 336, height: 308 })
    expect(() => patchify(blankImage(30, 28), config)).toThrow(/divide/u)
  })
})

describe('readProcessorConfig', () => {
  it('reads both ways of writing the limits and its own writing', () => {
    const config = readProcessorConfig(RELEASED)
    const { min_pixels, max_pixels, ...rest } = RELEASED
    expect(readProcessorConfig({ ...rest, size: { shortest_edge: min_pixels, longest_edge: max_pixels } })).toEqual(config)
    expect(readProcessorConfig(writeProcessorConfig(config))).toEqual(config)
  })

  it.each([['patch_size', undefined], ['max_pixels', undefined], ['image_std', [0, 1, 1]], ['resample', 2]])('names a wrong %s', (key, value) => {
    expect(() => readProcessorConfig({ ...RELEASED, [key]: value })).toThrow(key)
  })
})
