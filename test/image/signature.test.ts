// Signatures of real photographs and of what becomes of pictures on their way: the same picture stays the same, others stay others.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import sharp, { type Sharp } from 'sharp'
import { beforeAll, expect, test } from 'vitest'
import { encodePng } from '#main/image/codec.ts'
import { blankImage } from '#main/image/rawImage.ts'
import { MOST_BITS, MOST_COLOUR, pictureSignature, SIGNATURE_BYTES, signatureDistance } from '#main/image/signature.ts'

const PHOTOS = ['leuvenA.jpg', 'leuvenB.jpg', 'stuff.jpg', 'cards.png', 'smarties.png', 'box_in_scene.png']
const files = new Map(PHOTOS.map((name) => [name, readFileSync(join(import.meta.dirname, '..', 'fixtures', 'real', 'images', name))]))
const originals = new Map<string, Uint8Array>()

async function signed(bytes: Uint8Array): Promise<Uint8Array> {
  const signature = await pictureSignature(bytes)
  if (signature === null) throw new Error('a picture without a signature')
  return signature
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  const { bits, colour } = signatureDistance(a, b)
  return bits <= MOST_BITS && colour <= MOST_COLOUR
}

beforeAll(async () => { for (const [name, bytes] of files) originals.set(name, await signed(bytes)) })

type Change = (picture: Sharp, sides: { width: number; height: number }) => Sharp
const trimmed = (share: number): Change => (picture, { width, height }) => picture.extract({
  left: Math.round(width * share), top: Math.round(height * share), width: Math.round(width * (1 - 2 * share)), height: Math.round(height * (1 - 2 * share))
}).png()
const CHANGES: Readonly<Record<string, Change>> = {
  'as JPEG of quality 30': (picture) => picture.flatten({ background: '#ffffff' }).jpeg({ quality: 30 }),
  'as WebP of quality 40': (picture) => picture.flatten({ background: '#ffffff' }).webp({ quality: 40 }),
  'at half its size': (picture, { width, height }) => picture.resize(Math.round(width / 2), Math.round(height / 2)).png(),
  'squeezed to four fifths of its height': (picture, { width, height }) => picture.resize(width, Math.round(height * 0.8), { fit: 'fill' }).png(),
  'darker': (picture) => picture.flatten({ background: '#ffffff' }).linear(0.75, -5).png(),
  'brighter': (picture) => picture.flatten({ background: '#ffffff' }).linear(1.1, 5).png(),
  'a little blurred': (picture) => picture.blur(1.2).png(),
  'trimmed by a hundredth on each side': trimmed(0.01)
}

test.each(Object.entries(CHANGES))('a photograph %s is the same picture', async (_, change) => {
  for (const [name, bytes] of files) {
    const { width, height } = await sharp(bytes).metadata()
    const changed = await signed(await change(sharp(bytes), { width, height }).toBuffer())
    expect(signatureDistance(originals.get(name) ?? changed, changed).bits, name).toBeLessThanOrEqual(MOST_BITS)
    expect(signatureDistance(originals.get(name) ?? changed, changed).colour, name).toBeLessThanOrEqual(MOST_COLOUR)
  }
})

test('other photographs are others, also of the same street from two places, mirrored or turned', async () => {
  for (const [a, one] of originals) {
    for (const [b, other] of originals) if (a < b) expect(signatureDistance(one, other).bits, `${a} ${b}`).toBeGreaterThan(2 * MOST_BITS)
    const bytes = files.get(a)
    for (const turned of [sharp(bytes).flop(), sharp(bytes).rotate(90)]) expect(isSame(one, await signed(await turned.png().toBuffer())), a).toBe(false)
  }
})

test('a photograph that its EXIF note turns is what it looks like, and the same bytes give the same signature', async () => {
  const street = files.get('leuvenA.jpg')
  const onItsSide = await sharp(street).rotate(-90).withMetadata({ orientation: 6 }).jpeg({ quality: 90 }).toBuffer()
  const upright = await signed(onItsSide)
  expect(isSame(originals.get('leuvenA.jpg') ?? upright, upright)).toBe(true)
  expect(upright).toHaveLength(SIGNATURE_BYTES)
  expect(await signed(onItsSide)).toEqual(upright)
})

test('a picture of one colour has nothing to be told by; one object on it is enough', async () => {
  expect(await pictureSignature(await encodePng(blankImage(64, 48, [200, 30, 30])))).toBeNull()
  const dotted = blankImage(64, 48, [200, 30, 30])
  for (let y = 10; y < 20; y++) dotted.data.fill(0, (y * 64 + 10) * 3, (y * 64 + 20) * 3)
  expect(await pictureSignature(await encodePng(dotted))).not.toBeNull()
  await expect(pictureSignature(new Uint8Array([1, 2, 3]))).rejects.toMatchObject({ code: 'unreadable_file' })
})
