import { readFileSync } from 'node:fs'
import type { BrowserContext, Page } from 'playwright-core'
import { build } from 'vite'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { DrawOp } from '#shared/domain/drawOp.ts'
import { Random } from '#shared/domain/random.ts'
import { drawOn, drawStyleNames, loadDrawStyle } from '#main/image/canvas.ts'
import type { RawImage } from '#main/image/rawImage.ts'
import { resourcePath } from '#main/image/resources.ts'
import { openBrowser } from '../browser.ts'

const ROUTINE = new URL('../../src/shared/geometry/draw.ts', import.meta.url).pathname
const LABELS = ['red chair', '冰箱 A1', 'Größe, "left"', 'стол №', '', 'fi → x/y @{}']

let browser: BrowserContext
let page: Page

async function bundledRoutine(): Promise<string> {
  const lib = { entry: ROUTINE, name: 'drawing', formats: ['iife' as const] }
  const made = await build({ configFile: false, logLevel: 'silent', build: { write: false, minify: false, lib } })
  const output = Array.isArray(made) ? made[0] : made
  if (!output || !('output' in output)) throw new Error('no bundle')
  return output.output[0].code
}

beforeAll(async () => {
  browser = await openBrowser()
  page = await browser.newPage()
  await page.addScriptTag({ content: `${await bundledRoutine()}; globalThis.drawing = drawing` })
  await page.evaluate((glyphs) => Object.assign(globalThis, { glyphs }), JSON.parse(readFileSync(resourcePath('fonts', 'labels.json'), 'utf8')) as object)
})

afterAll(async () => await browser?.close())

function scene(random: Random): { picture: RawImage; shapes: DrawOp[] } {
  const width = random.integer(40, 130)
  const height = random.integer(40, 130)
  const data = Uint8Array.from({ length: width * height * 3 }, () => random.integer(0, 255))
  const point = (): [number, number] => [random.integer(-20, width + 20), random.uniform() * height]
  const shapes = Array.from({ length: random.integer(1, 8) }, (_, i): DrawOp => {
    const shared = { imageIndex: random.integer(1, 3), label: `${random.pick(LABELS)}${i}`, space: 'model' as const }
    return random.chance(0.5) ? { kind: 'box', ...shared, box: [...point(), ...point()] } : { kind: 'line', ...shared, start: point(), end: point() }
  })
  return { picture: { width, height, data }, shapes }
}

/** The picture Chromium's own canvas makes of the same input. */
async function drawInChromium(picture: RawImage, shapes: DrawOp[], style: string): Promise<number[]> {
  const input = { ...picture, data: [...picture.data], shapes, style: loadDrawStyle(style) }
  return await page.evaluate(({ width, height, data, shapes: ops, style: look }) => {
    const world = globalThis as unknown as { drawing: { drawShapes(...values: unknown[]): void }; glyphs: unknown }
    const canvas = document.createElement('canvas')
    Object.assign(canvas, { width, height })
    const context = canvas.getContext('2d', { willReadFrequently: true })
    if (!context) throw new Error('no context')
    const pixels = context.createImageData(width, height)
    for (let i = 0; i < width * height; i++) pixels.data.set([data[3 * i] ?? 0, data[3 * i + 1] ?? 0, data[3 * i + 2] ?? 0, 255], 4 * i)
    context.putImageData(pixels, 0, 0)
    world.drawing.drawShapes(context, ops, look, world.glyphs)
    return [...context.getImageData(0, 0, width, height).data].filter((_, i) => i % 4 < 3)
  }, input)
}

describe('the one drawing routine', () => {
  it.each(drawStyleNames())('gives the same pixels in Chromium and in Node: %s', async (style) => {
    const random = Random.seeded(11, style)
    for (let round = 0; round < 12; round++) {
      const { picture, shapes } = scene(random)
      const here = drawOn(picture, shapes, loadDrawStyle(style))
      const there = await drawInChromium(picture, shapes, style)
      const different = there.filter((value, i) => value !== here.data[i]).length
      expect({ round, different, changed: here.data.some((value, i) => value !== picture.data[i]) }).toEqual({ round, different: 0, changed: true })
    }
  })
})
