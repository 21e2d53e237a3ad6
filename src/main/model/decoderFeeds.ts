import { type HostTensor, floats, indices } from '../runtime/tensor.ts'
import type { VisionLanguageConfig } from './config.ts'
import type { PatchedImage } from './patches.ts'

/** Added to scores that must not count. */
export const HIDDEN = -1e9

/** [B, 1, 1, places]: new tokens look at the places in use only, `lengths` of each sequence. */
export function placesBias(lengths: readonly number[], places: number): HostTensor<'f32'> {
  const bias = floats([lengths.length, 1, 1, places])
  lengths.forEach((length, b) => bias.data.fill(HIDDEN, b * places + length, (b + 1) * places))
  return bias
}

/** [T, S]: each of the last T of S tokens looks at itself and the ones before it. */
export function causalBias(count: number, all = count): HostTensor<'f32'> {
  const bias = floats([count, all])
  for (let t = 0; t < count; t++) bias.data.fill(HIDDEN, (t + 1) * all - (count - 1 - t), (t + 1) * all)
  return bias
}

/** `ids`, `rows` and `features` of right-padded new tokens, `width` a row. */
export function embeddingFeeds(
  ids: readonly (readonly number[])[], images: readonly (readonly PatchedImage[])[], width: number,
  encoded: ReadonlyMap<PatchedImage, Float32Array>, config: VisionLanguageConfig
): [string, HostTensor][] {
  const count = ids.length * width
  const flat = new Int32Array(count).fill(config.ids.pad)
  const rows = Int32Array.from({ length: count }, (_, row) => row)
  const distinct = [...new Set(images.flat())]
  const firstRow = new Map<PatchedImage, number>()
  let total = 0
  for (const image of distinct) {
    firstRow.set(image, count + total)
    total += image.tokens
  }
  ids.forEach((sequence, b) => {
    const visual = (images[b] ?? []).flatMap((image) => Array.from({ length: image.tokens }, (_, k) => (firstRow.get(image) ?? 0) + k))
    let seen = 0
    sequence.forEach((id, t) => {
      flat[b * width + t] = id
      if (id === config.ids.imagePad) rows[b * width + t] = visual[seen++] ?? 0
    })
  })
  const features = floats([Math.max(total, 1), config.text.hiddenSize])
  for (const image of distinct) features.data.set(encoded.get(image) ?? [], ((firstRow.get(image) ?? 0) - count) * config.text.hiddenSize)
  return [['ids', indices([ids.length, width], flat)], ['rows', indices([count], rows)], ['features', features]]
}
