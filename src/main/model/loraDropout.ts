import type { Random } from '#shared/domain/random.ts'
import { type HostTensor, tensor } from '../runtime/tensor.ts'
import { linearModules, type LoraAdapter } from './lora.ts'
import type { VisionLanguageConfig } from './config.ts'

/** Rows that enter the layers of one run. */
export interface RunRows {
  readonly tokens: number
  readonly patches: number
}

/**
 * What makes the mask input of each adapted module [rows, in], the same one each time; none for an adapter without dropout. Drawn from
 * `random` alone.
 */
export function dropoutMasks(config: VisionLanguageConfig, adapter: LoraAdapter, rows: RunRows, random: Random): Map<string, () => HostTensor> {
  const masks = new Map<string, () => HostTensor>()
  if (adapter.dropout === 0) return masks
  const threshold = adapter.dropout * 2 ** 32
  for (const { name, in: width } of linearModules(config)) {
    if (!adapter.scales.has(name)) continue
    const count = rowsOf(name, rows, config)
    const seed: Seed = [random.uint32(), random.uint32(), random.uint32()]
    masks.set(name, () => {
      const next = fastBits(seed)
      const kept = new Uint8Array(count * width)
      for (let i = 0; i < kept.length; i++) kept[i] = next() >= threshold ? 1 : 0
      return tensor('bool', [count, width], kept)
    })
  }
  return masks
}

type Seed = readonly [number, number, number]

function rowsOf(module: string, { tokens, patches }: RunRows, { vision }: VisionLanguageConfig): number {
  if (module.startsWith('visual.merger.')) return patches / vision.mergeSize ** 2
  return module.startsWith('visual.') ? patches : tokens
}

/** sfc32 (Doty-Humphrey's Small Fast Counting generator), seeded from the stream: a mask has millions of values, which the stream itself is too slow for. */
function fastBits(seed: Seed): () => number {
  let [a, b, c, counter] = [seed[0] | 0, seed[1] | 0, seed[2] | 0, 1]
  const next = (): number => {
    const t = (((a + b) | 0) + counter) | 0
    counter = (counter + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = (((c << 21) | (c >>> 11)) + t) | 0
    return t >>> 0
  }
  for (let i = 0; i < 12; i++) next()
  return next
}
