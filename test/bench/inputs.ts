import { Random } from '#shared/domain/random.ts'
import type { VisionLanguageConfig } from '#main/model/config.ts'
import type { PatchedImage } from '#main/model/patches.ts'
import type { TokenSample } from '#main/model/sequence.ts'
import { readSafetensors, writeSafetensors } from '#main/runtime/safetensors.ts'
import { floats } from '#main/runtime/tensor.ts'
import { randomImage } from '../model/tiny.ts'

export interface InputSizes {
  readonly batch: number
  /** Tokens of each sequence, pictures included: 19 of each picture and 20 before them at least. */
  readonly tokens: number
  /** Pictures of 4 x 4 merged cells in each sequence. */
  readonly images: number
  /** Tokens at the end that are targets. */
  readonly targets: number
}

/** Writes random sequences of one length with pictures, as protocol.ts describes. */
export async function writeInputs(path: string, { batch, tokens, images, targets }: InputSizes, config: VisionLanguageConfig): Promise<void> {
  const random = Random.seeded(1, 'bench')
  const { visionStart, visionEnd, imagePad, ...others } = config.ids
  const special = new Set([visionStart, visionEnd, imagePad, ...Object.values(others).flat()])
  const words = Array.from({ length: config.text.vocabSize }, (_, id) => id).filter((id) => !special.has(id))
  const samples = Array.from({ length: batch }, () => {
    const pictures = Array.from({ length: images }, () => randomImage(random, 4, 4, config))
    const shown = pictures.flatMap((image) => [visionStart, ...new Array<number>(image.tokens).fill(imagePad), visionEnd, random.pick(words)])
    const ids = [...Array.from({ length: 20 }, () => random.pick(words)), ...shown]
    while (ids.length < tokens) ids.push(random.pick(words))
    return { ids, images: pictures, loss: new Float32Array(tokens).fill(1, tokens - targets) }
  })
  const patches = samples.flatMap((sample) => sample.images.map((image) => image.patches))
  const all = new Float32Array(patches.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const part of patches) {
    all.set(part, at)
    at += part.length
  }
  const length = 3 * config.vision.temporalPatchSize * config.vision.patchSize ** 2
  const grids = samples.flatMap((sample) => sample.images.flatMap(({ grid }) => [...grid]))
  await writeSafetensors(path, new Map([
    ['ids', floats([batch, tokens], Float32Array.from(samples.flatMap(({ ids }) => [...ids])))],
    ['weights', floats([batch, tokens], Float32Array.from(samples.flatMap(({ loss }) => [...loss])))],
    ['patches', floats([all.length / length, length], all)],
    ['grids', floats([grids.length / 3, 3], Float32Array.from(grids))]
  ]), { dtype: 'F32' })
}

/** Reads them back as samples. */
export async function readInputs(path: string, config: VisionLanguageConfig): Promise<TokenSample[]> {
  const tensors = await readSafetensors(path)
  const data = (name: string): Float32Array => tensors.get(name)?.data ?? new Float32Array(0)
  const [batch = 0, tokens = 0] = tensors.get('ids')?.shape ?? []
  const [grids, patches] = [data('grids'), data('patches')]
  const length = 3 * config.vision.temporalPatchSize * config.vision.patchSize ** 2
  let at = 0
  const images = Array.from({ length: grids.length / 3 }, (_, i): PatchedImage => {
    const grid = [grids[3 * i] ?? 0, grids[3 * i + 1] ?? 0, grids[3 * i + 2] ?? 0] as const
    const count = grid[0] * grid[1] * grid[2]
    const from = at
    at += count * length
    return { patches: patches.slice(from, at), grid, tokens: count / config.vision.mergeSize ** 2 }
  })
  return Array.from({ length: batch }, (_, b) => ({
    ids: Int32Array.from(data('ids').subarray(b * tokens, (b + 1) * tokens)), loss: data('weights').slice(b * tokens, (b + 1) * tokens),
    images: images.slice((b * images.length) / batch, ((b + 1) * images.length) / batch)
  }))
}
