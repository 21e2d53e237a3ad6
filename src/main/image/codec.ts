import type { Sharp, SharpConstructor } from 'sharp'
import { SightlineError } from '#shared/domain/errors.ts'
import type { RawImage } from './rawImage.ts'

/** Pictures above this many pixels are refused before they are decoded (a decompression bomb, or nothing a model can use). */
export const MAX_PIXELS = 200_000_000

/** What a picture file says of itself; sides in pixels as shown (after EXIF rotation). */
export interface ImageFacts {
  readonly width: number
  readonly height: number
  readonly format: string
  readonly mime: string
}

const MIME: Readonly<Record<string, string>> = {
  jpeg: 'image/jpeg', png: 'image/png', webp: 'image/webp', gif: 'image/gif', tiff: 'image/tiff', heif: 'image/avif', svg: 'image/svg+xml'
}

/** What transparent pixels become: mixed with white, as a viewer shows them, or the colour stored beneath. */
export type Transparency = 'white' | 'ignored'

/**
 * Decodes a picture file (JPEG, PNG, WebP, GIF, TIFF, AVIF) to RGB: turned as its EXIF says, transparency on white, in sRGB,
 * the first frame of an animation. Throws `unreadable_file`; `where` names the file in the error.
 */
export async function decodeImage(bytes: Uint8Array, where = 'picture', transparency: Transparency = 'white'): Promise<RawImage> {
  const { data, info } = await reading(where, async () => (await open(bytes))
    .autoOrient()
    .toColourspace('srgb')
    .flatten(transparency === 'white' ? { background: '#ffffff' } : false)
    .removeAlpha()
    .raw({ depth: 'uchar' })
    .toBuffer({ resolveWithObject: true }))
  const pixels = new Uint8Array(data.buffer, data.byteOffset, data.length)
  return { width: info.width, height: info.height, data: info.channels === 3 ? pixels : greyToRgb(pixels, info.channels) }
}

/** PNG of a picture; the same pixels give the same bytes (no time, no metadata, fixed filters and level). */
export async function encodePng(image: RawImage): Promise<Uint8Array> {
  const { width, height, data } = image
  const sharp = await library()
  const png = await sharp(data, { raw: { width, height, channels: 3 } })
    .png({ compressionLevel: 6, adaptiveFiltering: false, palette: false })
    .toBuffer()
  return new Uint8Array(png)
}

/** Reads sides and format from the header alone. Throws `unreadable_file`. */
export async function imageSize(bytes: Uint8Array, where = 'picture'): Promise<ImageFacts> {
  const facts = await reading(where, async () => (await open(bytes)).metadata())
  const { width, height } = facts.autoOrient
  return { width, height, format: facts.format, mime: MIME[facts.format] ?? 'application/octet-stream' }
}

/** A WebP preview that fits in `side` x `side` pixels, never enlarged. Throws `unreadable_file`. */
export async function makeThumbnail(bytes: Uint8Array, side: number, where = 'picture'): Promise<Uint8Array> {
  const webp = await reading(where, async () => (await open(bytes))
    .autoOrient()
    .resize(side, side, { fit: 'inside', withoutEnlargement: true })
    .flatten({ background: '#ffffff' })
    .webp({ quality: 80 })
    .toBuffer())
  return new Uint8Array(webp)
}

/** The picture as `decodeImage` shows it, squeezed to `side` x `side` whatever its shape: RGB, row-major. Throws `unreadable_file`. */
export async function shrunkPixels(bytes: Uint8Array, side: number, where = 'picture'): Promise<Uint8Array> {
  const { data, info } = await reading(where, async () => (await open(bytes))
    .autoOrient()
    .resize(side, side, { fit: 'fill' })
    .toColourspace('srgb')
    .flatten({ background: '#ffffff' })
    .removeAlpha()
    .raw({ depth: 'uchar' })
    .toBuffer({ resolveWithObject: true }))
  const pixels = new Uint8Array(data.buffer, data.byteOffset, data.length)
  return info.channels === 3 ? pixels : greyToRgb(pixels, info.channels)
}

/** Loaded with the first picture, not with the program. */
async function library(): Promise<SharpConstructor> {
  return (await import('sharp')).default
}

async function open(bytes: Uint8Array): Promise<Sharp> {
  const sharp = await library()
  return sharp(bytes, { limitInputPixels: MAX_PIXELS, failOn: 'error', animated: false })
}

function greyToRgb(pixels: Uint8Array, channels: number): Uint8Array {
  const rgb = new Uint8Array((pixels.length / channels) * 3)
  for (let i = 0, from = 0; i < rgb.length; i += 3, from += channels) rgb.fill(pixels[from] ?? 0, i, i + 3)
  return rgb
}

async function reading<T>(where: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read()
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message.split('\n')[0] ?? '' : String(cause)
    if (reason.includes('exceeds pixel limit')) {
      throw new SightlineError('unreadable_file', 'The picture is too large', { where, advice: `Scale it down to at most ${MAX_PIXELS / 1e6} million pixels`, cause })
    }
    throw new SightlineError('unreadable_file', `Cannot read the picture: ${reason}`, {
      where, advice: 'Give a whole JPEG, PNG, WebP, GIF, TIFF or AVIF file', cause
    })
  }
}
