import { readFileSync } from 'node:fs'
import { crc32 } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeImage, encodePng, imageSize, makeThumbnail } from '../../src/main/image/codec.ts'
import type { RawImage } from '../../src/main/image/rawImage.ts'
import { blankImage, checkImage } from '../../src/main/image/rawImage.ts'

const file = (name: string): Uint8Array => readFileSync(new URL(`../fixtures/pixels/${name}`, import.meta.url))
const pixel = (image: RawImage, x: number, y: number): number[] => [...image.data.subarray((y * image.width + x) * 3, (y * image.width + x) * 3 + 3)]
const near = (seen: number[], wanted: number[], slack: number): void => {
  seen.forEach((value, i) => expect(Math.abs(value - (wanted[i] ?? 0)), `${seen} for ${wanted}`).toBeLessThanOrEqual(slack))
}

describe('decodeImage', () => {
  it.each([['palette.png', 0], ['lossless.webp', 0], ['animated.gif', 0]] as const)('reads %s as red | blue', async (name, slack) => {
    const image = await decodeImage(file(name))
    expect([image.width, image.height, image.data.length]).toEqual([32, 16, 32 * 16 * 3])
    near(pixel(image, 4, 8), [255, 0, 0], slack)
    near(pixel(image, 28, 8), [0, 0, 255], slack)
  })

  it('names what to do with a picture beyond its limit, before any pixel is read', async () => {
    const bytes = Buffer.from(file('palette.png'))
    bytes.writeUInt32BE(20_000, 16)
    bytes.writeUInt32BE(20_000, 20)
    bytes.writeUInt32BE(crc32(bytes.subarray(12, 29)), 29)
    await expect(decodeImage(bytes, 'poster.png')).rejects.toMatchObject({ code: 'unreadable_file', message: 'The picture is too large', where: 'poster.png', advice: 'Scale it down to at most 200 million pixels' })
  })

  it('brings CMYK to sRGB', async () => {
    const [red = 0, , blue = 0] = pixel(await decodeImage(file('cmyk.jpg')), 28, 8)
    expect(blue).toBeGreaterThan(red + 60)
  })

  it('turns as EXIF says, in decoding, size and thumbnail', async () => {
    const image = await decodeImage(file('turned.jpg'))
    expect([image.width, image.height]).toEqual([16, 32])
    near(pixel(image, 8, 4), [255, 0, 0], 6)
    near(pixel(image, 8, 28), [0, 0, 255], 6)
    expect(await imageSize(file('turned.jpg'))).toEqual({ width: 16, height: 32, format: 'jpeg', mime: 'image/jpeg' })
    expect(await imageSize(await makeThumbnail(file('turned.jpg'), 8))).toMatchObject({ width: 4, height: 8, mime: 'image/webp' })
  })

  it('puts transparency on white and spreads grey over three channels', async () => {
    const clear = await decodeImage(file('alpha.png'))
    expect(pixel(clear, 4, 8)).toEqual([255, 0, 0])
    expect(pixel(clear, 28, 8)).toEqual([255, 255, 255])
    expect(pixel(await decodeImage(file('grey.png')), 5, 5)).toEqual([128, 128, 128])
    expect(pixel(await decodeImage(file('grey16.png')), 5, 5)).toEqual([128, 128, 128])
  })

  it('names a file it cannot read', async () => {
    const broken = file('lossless.webp').slice(0, 40)
    await expect(decodeImage(broken, 'a.webp')).rejects.toMatchObject({ code: 'unreadable_file', where: 'a.webp' })
    await expect(decodeImage(new TextEncoder().encode('not a picture'))).rejects.toMatchObject({ code: 'unreadable_file' })
    await expect(imageSize(new Uint8Array(0))).rejects.toMatchObject({ code: 'unreadable_file' })
  })
})

describe('encodePng', () => {
  it('keeps every pixel and writes the same bytes again', async () => {
    const sides = fc.integer({ min: 1, max: 9 })
    await fc.assert(fc.asyncProperty(sides, sides, fc.infiniteStream(fc.integer({ min: 0, max: 255 })), async (width, height, values) => {
      const image = { width, height, data: Uint8Array.from(values.take(width * height * 3)) }
      const png = await encodePng(image)
      expect(await decodeImage(png)).toEqual(image)
      expect(await encodePng(image)).toEqual(png)
    }), { numRuns: 20 })
  })
})

describe('RawImage', () => {
  it('is checked for sides that do not fit its data', () => {
    expect(pixel(checkImage(blankImage(3, 2, [1, 2, 3])), 2, 1)).toEqual([1, 2, 3])
    expect(() => checkImage({ width: 2, height: 2, data: new Uint8Array(11) })).toThrow(/12 bytes/u)
    expect(() => checkImage({ width: 0, height: 2, data: new Uint8Array(0) })).toThrow(/not possible/u)
  })
})
