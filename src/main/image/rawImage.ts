import { SightlineError } from '#shared/domain/errors.ts'

/** A decoded picture: RGB, 8 bits a channel, row-major, 3 bytes a pixel. */
export interface RawImage {
  readonly width: number
  readonly height: number
  readonly data: Uint8Array
}

/** A new picture of one colour; sides in pixels, colour channels 0-255. */
export function blankImage(width: number, height: number, colour: readonly [number, number, number] = [255, 255, 255]): RawImage {
  const data = new Uint8Array(width * height * 3)
  for (let i = 0; i < data.length; i++) data[i] = colour[i % 3] ?? 0
  return { width, height, data }
}

/** Checks that sides and data agree; throws `bad_input` naming what does not. */
export function checkImage(image: RawImage, where = 'picture'): RawImage {
  const { width, height, data } = image
  if (!Number.isInteger(width) || !Number.isInteger(height) || width < 1 || height < 1) {
    throw new SightlineError('bad_input', `A picture of ${width} x ${height} pixels is not possible`, { where })
  }
  if (data.length !== width * height * 3) {
    throw new SightlineError('bad_input', `A ${width} x ${height} RGB picture has ${width * height * 3} bytes, got ${data.length}`, { where })
  }
  return image
}
