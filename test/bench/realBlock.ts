/** One block of a released model at its real shapes with random weights in a file, measured in a process of its own. */
import { fork } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { DeviceName } from '#shared/domain/device.ts'
import { Random } from '#shared/domain/random.ts'
import { type Block, decoderBlocks, towerBlocks } from '#main/model/blockwise/block.ts'
import { BlockRunner } from '#main/model/blockwise/blockRunner.ts'
import { queryBlocks } from '#main/model/blockwise/limits.ts'
import { readConfig, type VisionLanguageConfig } from '#main/model/config.ts'
import { causalBias } from '#main/model/decoderFeeds.ts'
import { DEFAULT_LORA, newAdapter } from '#main/model/lora.ts'
import type { TokenSample } from '#main/model/sequence.ts'
import { SequenceFeeder } from '#main/model/sequenceFeeds.ts'
import { elementCount, floats, type HostTensor } from '#main/runtime/tensor.ts'
import { openWeights } from '#main/runtime/weightFiles.ts'
import { randomImage } from '../model/tiny.ts'

/** Released configurations by the names the benchmarks take. */
export const REAL_MODELS = { '2b': 'qwen2_vl.released2b', '3b': 'qwen2_5_vl.released3b' } as const
export type RealModel = keyof typeof REAL_MODELS

export interface BlockTask {
  /** Holds `model.safetensors` with the block's tensors. */
  readonly folder: string
  readonly model: RealModel
  readonly part: 'decoder' | 'vision'
  readonly direction: 'forward' | 'backward'
  /** Of a sequence, or patches of a picture. */
  readonly rows: number
  readonly rank: number
  readonly threads: number
  readonly device: DeviceName
  /** Runs that are not timed, and those that are. */
  readonly warm: number
  readonly repeats: number
}

export interface Measured {
  readonly seconds: readonly number[]
  /** Resident memory before the first run, and at most (Linux and macOS); bytes. */
  readonly idleBytes: number
  readonly peakBytes: number
}

export async function realConfig(model: RealModel): Promise<VisionLanguageConfig> {
  return readConfig(JSON.parse(await readFile(join(import.meta.dirname, '../fixtures/configs', `${REAL_MODELS[model]}.json`), 'utf8')), {
    ids: { imagePad: 151655, videoPad: 151656, visionStart: 151652, visionEnd: 151653, eos: [151645], pad: 151643 }
  })
}

/** Names of the tensors of a task's block. */
export function blockTensor(name: string): boolean {
  return /^(visual\.blocks|model\.layers)\.0\./.test(name)
}

export function measureBlock(task: BlockTask): Promise<Measured> {
  return new Promise((resolve, reject) => {
    const child = fork(import.meta.filename, [JSON.stringify(task)])
    child.once('message', (result) => resolve(result as Measured))
    child.once('exit', (code) => reject(new Error(`the measurement ended with ${code}`)))
  })
}

/** Times of runs after some that are not counted, and the memory of the process. */
export async function timed({ warm, repeats }: { warm: number; repeats: number }, run: () => Promise<unknown>): Promise<Measured> {
  const idleBytes = process.memoryUsage().rss
  const seconds: number[] = []
  for (let i = -warm; i < repeats; i++) {
    const began = performance.now()
    await run()
    if (i >= 0) seconds.push((performance.now() - began) / 1000)
  }
  return { seconds, idleBytes, peakBytes: 1024 * process.resourceUsage().maxRSS }
}

/** A sequence that begins with a picture of so many patches (a square, or nearly), the later half of its words targets. */
export function sampleOf(random: Random, tokens: number, patches: number, config: VisionLanguageConfig): TokenSample {
  const cells = patches / config.vision.mergeSize ** 2
  const rows = Math.floor(Math.sqrt(cells))
  const { ids } = config
  const image = randomImage(random, rows, Math.round(cells / rows), config)
  const rest = Math.max(8, tokens - image.tokens - 2)
  const words = Array.from({ length: rest }, () => random.integer(0, Math.min(150_000, config.text.vocabSize - 1)))
  const all = [ids.visionStart, ...new Array<number>(image.tokens).fill(ids.imagePad), ids.visionEnd, ...words]
  return { ids: Int32Array.from(all), loss: new Float32Array(all.length).fill(1, all.length - Math.ceil(rest / 2)), images: [image] }
}

async function work({ folder, model, part, direction, rows, rank, threads, device, warm, repeats }: BlockTask): Promise<Measured> {
  const config = await realConfig(model)
  const files = await openWeights(folder)
  const weights = new Map(files.names.map((name): [string, HostTensor] => [name, files.stored(name) as HostTensor]))
  await files.close()
  const random = Random.seeded(2)
  const one = { ...config, text: { ...config.text, layers: 1 }, vision: { ...config.vision, depth: 1 } }
  const runner = new BlockRunner({ config, weights, adapter: newAdapter(one, { ...DEFAULT_LORA, rank, vision: true }, random), settings: { threads, device } })
  // The first block of the newer tower has windows; what takes memory is a block that attends over the whole picture.
  const block = (part === 'decoder' ? decoderBlocks(config.text)[0] : { ...towerBlocks(config.vision)[1] as Block, kind: 'slices' }) as Block
  const { feeds } = new SequenceFeeder(config).batch([part === 'decoder' ? sampleOf(random, rows, 64, config) : sampleOf(random, 8, rows, config)])
  const given = part === 'decoder' ? new Map([...feeds, ['causal', causalBias(rows / queryBlocks(rows), rows)] as const]) : feeds
  const shape = part === 'decoder' ? [1, rows, config.text.hiddenSize] : [rows, config.vision.width]
  const [x, dy] = [noise(random, shape), noise(random, shape)]
  return await timed({ warm, repeats }, () => (direction === 'forward' ? runner.forward(block, x, given, null) : runner.backward(block, x, dy, given, null, true)))
}

/** Cheap noise: a short random pattern, repeated. */
function noise(random: Random, shape: readonly number[]): HostTensor {
  const pattern = Float32Array.from({ length: 8191 }, () => random.normal())
  return floats(shape, Float32Array.from({ length: elementCount(shape) }, (_, i) => pattern[i % pattern.length] as number))
}

if (process.send && process.argv[1] === import.meta.filename) process.send(await work(JSON.parse(process.argv[2] ?? '') as BlockTask), () => process.exit())
