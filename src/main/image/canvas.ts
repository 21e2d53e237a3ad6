import { createCanvas, ImageData } from '@napi-rs/canvas'
import type { DrawOp } from '#shared/domain/drawOp.ts'
import { drawShapes } from '#shared/geometry/draw.ts'
import { DrawStyle } from '#shared/geometry/drawStyle.ts'
import { GlyphSet } from '#shared/geometry/glyphs.ts'
import { checkImage, type RawImage } from './rawImage.ts'
import { readResource, resourceNames } from './resources.ts'

const glyphs = GlyphSet.parse(readResource('fonts', 'labels'))

/**
 * A copy of a picture with shapes (in that picture's own pixels) drawn in a style; the source is never touched. The same
 * routine draws in the browser, pixel for pixel.
 */
export function drawOn(raw: RawImage, shapes: readonly DrawOp[], style: DrawStyle): RawImage {
  const { width, height, data } = checkImage(raw)
  const canvas = createCanvas(width, height)
  const context = canvas.getContext('2d')
  context.putImageData(new ImageData(toRgba(data), width, height), 0, 0)
  drawShapes(context, shapes, style, glyphs)
  return { width, height, data: toRgb(context.getImageData(0, 0, width, height).data) }
}

/** A drawing style by name (resources/drawStyles). Throws SightlineError `not_found`. */
export function loadDrawStyle(name: string): DrawStyle {
  return DrawStyle.parse(readResource('drawStyles', name))
}

export function drawStyleNames(): string[] {
  return resourceNames('drawStyles')
}

function toRgba(rgb: Uint8Array): Uint8ClampedArray<ArrayBuffer> {
  const rgba = new Uint8ClampedArray((rgb.length / 3) * 4)
  for (let from = 0, to = 0; from < rgb.length; from += 3, to += 4) {
    rgba[to] = rgb[from] ?? 0
    rgba[to + 1] = rgb[from + 1] ?? 0
    rgba[to + 2] = rgb[from + 2] ?? 0
    rgba[to + 3] = 255
  }
  return rgba
}

function toRgb(rgba: Uint8ClampedArray): Uint8Array {
  const rgb = new Uint8Array((rgba.length / 4) * 3)
  for (let from = 0, to = 0; from < rgba.length; from += 4, to += 3) {
    rgb[to] = rgba[from] ?? 0
    rgb[to + 1] = rgba[from + 1] ?? 0
    rgb[to + 2] = rgba[from + 2] ?? 0
  }
  return rgb
}
