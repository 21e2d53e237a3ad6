// How far pictures are apart that are the same, and that are not, behind the thresholds of main/image/signature.ts: node test/bench/similarLooks.ts [scenes]
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import sharp, { type Sharp } from 'sharp'
import { generateItem } from '#main/curate/synthetic/generate.ts'
import { encodePng } from '#main/image/codec.ts'
import { MOST_BITS, MOST_COLOUR, pictureSignature, signatureDistance } from '#main/image/signature.ts'

type Distance = ReturnType<typeof signatureDistance>
type Change = (picture: Sharp, width: number, height: number) => Sharp

const [scenes = 1000] = process.argv.slice(2).map(Number)
const PHOTOS = path.resolve('test/fixtures/real/images')
/** Squares cut out of the photographs, side by side, are other real pictures. */
const TILE = 180

const flat = (picture: Sharp): Sharp => picture.flatten({ background: '#ffffff' })
const trimmed = (share: number): Change => (picture, width, height) => picture.extract({
  left: Math.round(width * share), top: Math.round(height * share), width: Math.round(width * (1 - 2 * share)), height: Math.round(height * (1 - 2 * share))
}).png()
const CHANGES: Readonly<Record<string, Change>> = {
  'JPEG, quality 75': (picture) => flat(picture).jpeg({ quality: 75 }),
  'JPEG, quality 30': (picture) => flat(picture).jpeg({ quality: 30 }),
  'WebP, quality 40': (picture) => flat(picture).webp({ quality: 40 }),
  'half size': (picture, width, height) => picture.resize(Math.round(width / 2), Math.round(height / 2)).png(),
  'quarter size, JPEG 70': (picture, width, height) => picture.resize(Math.round(width / 4), Math.round(height / 4)).jpeg({ quality: 70 }),
  'height x 0.8': (picture, width, height) => picture.resize(width, Math.round(height * 0.8), { fit: 'fill' }).png(),
  'blurred by 1.2 pixels': (picture) => picture.blur(1.2).png(),
  'brightness x 0.75 - 5': (picture) => flat(picture).linear(0.75, -5).png(),
  'brightness x 1.15 + 10': (picture) => flat(picture).linear(1.15, 10).png(),
  'made grey': (picture) => flat(picture).greyscale().png(),
  'trimmed 1 % on each side': trimmed(0.01),
  'trimmed 2 % on each side': trimmed(0.02),
  'trimmed 5 % on each side': trimmed(0.05),
  'mirrored': (picture) => picture.flop().png()
}

function tell(name: string, found: readonly Distance[]): void {
  const at = (values: number[], share: number): number => values.sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor(share * values.length))] ?? NaN
  const [bits, colour] = [found.map((each) => each.bits), found.map((each) => each.colour)]
  const same = found.filter((each) => each.bits <= MOST_BITS && each.colour <= MOST_COLOUR).length
  console.log(`${name.padEnd(26)} ${found.length} pairs; bits ${at(bits, 0)}, ${at(bits, 0.5)}, ${at(bits, 0.95)}; colour ${at(colour, 0).toFixed(3)}, ${at(colour, 0.5).toFixed(3)}, ${at(colour, 0.95).toFixed(3)}; the same ${same}`)
}

async function realPictures(): Promise<{ whole: boolean; bytes: Uint8Array }[]> {
  const pictures: { whole: boolean; bytes: Uint8Array }[] = []
  for (const name of readdirSync(PHOTOS).filter((file) => /\.(png|jpg)$/.test(file))) {
    const bytes = readFileSync(path.join(PHOTOS, name))
    const { width, height } = await sharp(bytes).metadata()
    pictures.push({ whole: true, bytes })
    for (let top = 0; top + TILE <= height; top += TILE) {
      for (let left = 0; left + TILE <= width; left += TILE) pictures.push({ whole: false, bytes: await flat(sharp(bytes)).extract({ left, top, width: TILE, height: TILE }).png().toBuffer() })
    }
  }
  return pictures
}

const real: { whole: boolean; bytes: Uint8Array; signature: Uint8Array }[] = []
for (const picture of await realPictures()) {
  const signature = await pictureSignature(picture.bytes)
  if (signature !== null) real.push({ ...picture, signature })
}
console.log('distances: least, median, 95 %')
tell('other real pictures', real.flatMap((a, i) => real.slice(0, i).map((b) => signatureDistance(a.signature, b.signature))))
for (const [name, change] of Object.entries(CHANGES)) {
  const found: (Distance & { whole: boolean })[] = []
  for (const { whole, bytes, signature } of real) {
    const { width, height } = await sharp(bytes).metadata()
    const changed = await pictureSignature(await change(sharp(bytes), width, height).toBuffer())
    if (changed !== null) found.push({ ...signatureDistance(signature, changed), whole })
  }
  tell(`${name}, photographs`, found.filter(({ whole }) => whole))
  tell(`${name}, tiles`, found.filter(({ whole }) => !whole))
}
for (const generator of ['maze', 'relation', 'count'] as const) {
  const made: { pixels: Buffer; signature: Uint8Array }[] = []
  for (let i = 0; i < scenes; i++) {
    const { image } = generateItem(generator, 1, i)
    const signature = await pictureSignature(await encodePng(image))
    if (signature !== null) made.push({ pixels: Buffer.from(image.data), signature })
  }
  const others = made.flatMap((a, i) => made.slice(0, i).filter((b) => !a.pixels.equals(b.pixels)).map((b) => signatureDistance(a.signature, b.signature)))
  tell(`other scenes of ${generator}`, others)
  console.log(`  within ${MOST_BITS} bits ${others.filter(({ bits }) => bits <= MOST_BITS).length}; equal in every pixel ${(made.length * (made.length - 1)) / 2 - others.length}`)
}
