import { SightlineError } from '#shared/domain/errors.ts'

export interface ResizeLimits {
  readonly minPixels: number
  readonly maxPixels: number
  /** Sides become multiples of this: patch size x merge size, 28 for Qwen2-VL and Qwen2.5-VL. */
  readonly factor: number
  /** false: as transformers, a side that rounds to zero stays so until the area is made to fit. Default: true, as qwen_vl_utils. */
  readonly lifted?: boolean
}

export interface Size {
  readonly width: number
  readonly height: number
}

/** The largest ratio of long to short side the models take. */
export const MAX_RATIO = 200

/**
 * Size of a picture after Qwen's smart resize: sides are multiples of `factor`, the area lies between `minPixels` and
 * `maxPixels`, the shape is kept as well as that allows. Rounds halves to even like Python; the released ViLaSR code
 * (qwen_vl_utils) lifts a side that rounds to zero to one factor first. Throws `bad_input` above a side ratio of 200.
 */
export function smartResize(width: number, height: number, limits: ResizeLimits): Size {
  const { factor, minPixels, maxPixels, lifted = true } = limits
  if (!(width >= 1 && height >= 1)) throw new SightlineError('bad_input', `A picture of ${width} x ${height} pixels cannot be resized`)
  if (Math.max(width, height) / Math.min(width, height) > MAX_RATIO) {
    throw new SightlineError('bad_input', `A picture of ${width} x ${height} pixels is too long: its sides differ more than ${MAX_RATIO} times`, {
      advice: 'Cut the picture into parts'
    })
  }
  const nearest = (side: number): number => Math.max(lifted ? factor : 0, roundHalfEven(side / factor) * factor)
  let newWidth = nearest(width)
  let newHeight = nearest(height)
  if (newWidth * newHeight > maxPixels) {
    const scale = Math.sqrt((width * height) / maxPixels)
    newWidth = Math.max(factor, Math.floor(width / scale / factor) * factor)
    newHeight = Math.max(factor, Math.floor(height / scale / factor) * factor)
  } else if (newWidth * newHeight < minPixels) {
    const scale = Math.sqrt(minPixels / (width * height))
    newWidth = Math.ceil((width * scale) / factor) * factor
    newHeight = Math.ceil((height * scale) / factor) * factor
  }
  return { width: newWidth, height: newHeight }
}

/** Python's round: a value exactly between two integers goes to the even one. */
export function roundHalfEven(value: number): number {
  const floor = Math.floor(value)
  const rest = value - floor
  if (rest !== 0.5) return Math.round(value)
  return floor % 2 === 0 ? floor : floor + 1
}
