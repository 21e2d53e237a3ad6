import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { drawOn, loadDrawStyle } from '../../image/canvas.ts'
import { decodeImage } from '../../image/codec.ts'
import type { RawImage } from '../../image/rawImage.ts'
import { fromWire, outcomeOf, WireBox, WireLine, type VectorResult } from './result.ts'

const DrawnFile = z.object({
  cases: z.array(z.object({ before: z.string(), after: z.string(), boxes: z.array(WireBox), lines: z.array(WireLine) }))
})

const NEEDED_SHARE = 0.99
const REACH = 2

/** drawn/: our drawing and the reference's, each way: 99 % of the changed pixels lie within 2 px of one of the same colour. */
export async function checkDrawn(file: string, content: unknown, folder: string): Promise<VectorResult[]> {
  const style = loadDrawStyle('vilasr')
  const results: VectorResult[] = []
  for (const { before, after, boxes, lines } of DrawnFile.parse(content).cases) {
    const source = await decodeImage(await readFile(join(folder, before)))
    const expected = await decodeImage(await readFile(join(folder, after)))
    const drawn = drawOn(source, [...boxes, ...lines].map(fromWire), style)
    const share = Math.min(metShare(source, drawn, expected), metShare(source, expected, drawn))
    results.push(outcomeOf(file, after, share >= NEEDED_SHARE ? null : `only ${(100 * share).toFixed(2)} % of the changed pixels match`))
  }
  return results
}

/** Share of the pixels that `drawn` changed for which `other` has the same colour nearby. */
function metShare(source: RawImage, drawn: RawImage, other: RawImage): number {
  let changed = 0
  let met = 0
  for (let y = 0; y < source.height; y++) {
    for (let x = 0; x < source.width; x++) {
      if (colourAt(source, x, y) === colourAt(drawn, x, y)) continue
      changed++
      if (hasNearby(other, x, y, colourAt(drawn, x, y))) met++
    }
  }
  return changed === 0 ? 1 : met / changed
}

function hasNearby(image: RawImage, x: number, y: number, colour: number): boolean {
  for (let dy = -REACH; dy <= REACH; dy++) {
    for (let dx = -REACH; dx <= REACH; dx++) if (colourAt(image, x + dx, y + dy) === colour) return true
  }
  return false
}

/** 24-bit colour of a pixel; -1 outside the picture. */
function colourAt({ width, height, data }: RawImage, x: number, y: number): number {
  if (x < 0 || y < 0 || x >= width || y >= height) return -1
  const at = (y * width + x) * 3
  return ((data[at] ?? 0) << 16) | ((data[at + 1] ?? 0) << 8) | (data[at + 2] ?? 0)
}
