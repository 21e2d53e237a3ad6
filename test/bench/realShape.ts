/**
 * Qwen2-VL-2B at its real shapes with random float16 weights, block by block: one decoder block and one vision block forward and backward
 * (adapters of rank 16), each in a process of its own, and with `--step` whole LoRA steps of the whole model.
 * Run: node test/bench/realShape.ts [--tokens 1024] [--threads 2] [--repeats 5] [--step]
 */
import { fork } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { Random } from '#shared/domain/random.ts'
import { Workload } from '#shared/domain/modelFacts.ts'
import { type Block, decoderBlocks, towerBlocks } from '#main/model/blockwise/block.ts'
import { BlockRunner } from '#main/model/blockwise/blockRunner.ts'
import { queryBlocks } from '#main/model/blockwise/limits.ts'
import { readConfig } from '#main/model/config.ts'
import { causalBias } from '#main/model/decoderFeeds.ts'
import { DEFAULT_LORA, newAdapter } from '#main/model/lora.ts'
import { countParameters, planMemory } from '#main/model/memoryPlan.ts'
import type { TokenSample } from '#main/model/sequence.ts'
import { SequenceFeeder } from '#main/model/sequenceFeeds.ts'
import { VisionLanguageModel } from '#main/model/visionLanguageModel.ts'
import { elementCount, floats, type HostTensor } from '#main/runtime/tensor.ts'
import { openWeights } from '#main/runtime/weightFiles.ts'
import { Trainer } from '#main/train/step.ts'
import { randomImage } from '../model/tiny.ts'
import { median } from './median.ts'
import { writeRandomWeights } from './randomCheckpoint.ts'

const RANK = 16
const LORA = { ...DEFAULT_LORA, rank: RANK, vision: true }
const MEBI = 2 ** 20

interface Task {
  readonly folder: string
  readonly part: 'decoder' | 'vision' | 'step'
  readonly direction: 'forward' | 'backward'
  readonly tokens: number
  readonly threads: number
  readonly repeats: number
}

interface Measured {
  /** Rows that entered the block. */
  readonly rows: number
  readonly seconds: readonly number[]
  /** Processor seconds of each run, divided by the threads. */
  readonly processorSeconds: readonly number[]
  readonly idleMiB: number
  readonly peakMiB: number
  readonly losses?: readonly number[]
}

const config = readConfig(JSON.parse(await readFile(join(import.meta.dirname, '../fixtures/configs/qwen2_vl.released2b.json'), 'utf8')))
if (process.send) process.send(await work(JSON.parse(process.argv[2] ?? '') as Task), () => process.exit())
else await main()

async function main(): Promise<void> {
  const { values } = parseArgs({ options: {
    tokens: { type: 'string', default: '1024' }, threads: { type: 'string', default: '2' }, repeats: { type: 'string', default: '5' }, step: { type: 'boolean', default: false }
  } })
  const folder = await mkdtemp(join(tmpdir(), 'sightline-real-'))
  const base = { folder, tokens: Number(values.tokens), threads: Number(values.threads), repeats: Number(values.repeats), direction: 'backward' as const }
  try {
    await writeRandomWeights(join(folder, 'model.safetensors'), config, values.step ? {} : { wanted: (name) => /^(visual\.blocks|model\.layers)\.0\./.test(name) })
    console.log(`load average before: ${loadavg().map((load) => load.toFixed(2)).join(' ')}`)
    if (values.step) reportStep(base.tokens, await measured({ ...base, part: 'step' }))
    else for (const part of ['decoder', 'vision'] as const) for (const direction of ['forward', 'backward'] as const) reportBlock({ ...base, part, direction }, await measured({ ...base, part, direction }))
    console.log(`load average after: ${loadavg().map((load) => load.toFixed(2)).join(' ')}`)
  } finally {
    await rm(folder, { recursive: true })
  }
}

function measured(task: Task): Promise<Measured> {
  return new Promise((resolve, reject) => {
    const child = fork(import.meta.filename, [JSON.stringify(task)])
    child.once('message', (result) => resolve(result as Measured))
    child.once('exit', (code) => reject(new Error(`the measurement ended with ${code}`)))
  })
}

function reportBlock({ part, direction }: Task, { rows, seconds, processorSeconds, idleMiB, peakMiB }: Measured): void {
  const passes = direction === 'forward' ? 1 : 2
  const rate = (passes * blockFlops(part, rows)) / median(seconds) / 1e9
  console.log(`| ${part} block, ${direction} | ${rows} | ${median(seconds).toFixed(3)} (${Math.min(...seconds).toFixed(3)} to ${Math.max(...seconds).toFixed(3)}) | ${median(processorSeconds).toFixed(3)} | ${rate.toFixed(0)} | ${idleMiB.toFixed(0)} | ${peakMiB.toFixed(0)} |`)
}

function reportStep(tokens: number, { seconds, processorSeconds, idleMiB, peakMiB, losses = [] }: Measured): void {
  const load = Workload.parse({ batch: 1, tokens, images: 1, pixels: imagePatches(tokens) * config.vision.patchSize ** 2, rank: RANK })
  const plan = planMemory(config, 2 * countParameters(config).total, 'blockwise', load, 24e9)
  console.log(`| LoRA step | ${tokens} | ${median(seconds).toFixed(1)} (${Math.min(...seconds).toFixed(1)} to ${Math.max(...seconds).toFixed(1)}) | ${median(processorSeconds).toFixed(1)} | losses ${losses.map((loss) => loss.toFixed(4)).join(', ')} | idle ${idleMiB.toFixed(0)} | peak ${peakMiB.toFixed(0)} | plan ${(plan.total / MEBI).toFixed(0)} |`)
}

/** Of the matrix products of a block forward; going backward to its input only takes the same again after computing it anew. */
function blockFlops(part: Task['part'], rows: number): number {
  const { text, vision } = config
  if (part === 'vision') return 2 * rows * (4 * vision.width ** 2 + 2 * vision.width * vision.intermediateSize) + 4 * rows ** 2 * vision.width
  const [h, q, kv] = [text.hiddenSize, text.heads * text.headDim, text.kvHeads * text.headDim]
  return 2 * rows * (2 * h * q + 2 * h * kv + 3 * h * text.intermediateSize) + 4 * (5 / 8) * rows ** 2 * q
}

async function work(task: Task): Promise<Measured> {
  const files = await openWeights(task.folder)
  const weights = new Map(files.names.map((name): [string, HostTensor] => [name, files.stored(name) as HostTensor]))
  await files.close()
  return task.part === 'step' ? await workStep(task, weights) : await workBlock(task, weights)
}

async function workBlock({ part, direction, tokens, threads, repeats }: Task, weights: Map<string, HostTensor>): Promise<Measured> {
  const random = Random.seeded(2)
  const whole = newAdapter({ ...config, text: { ...config.text, layers: 1 }, vision: { ...config.vision, depth: 1 } }, LORA, random)
  const runner = new BlockRunner({ config, weights, adapter: whole, settings: { threads } })
  const batch = new SequenceFeeder(config).batch([sampleOf(random, tokens, part === 'vision' ? tokens : imagePatches(tokens))])
  const block = (part === 'decoder' ? decoderBlocks(config.text)[0] : towerBlocks(config.vision)[1]) as Block
  const rows = batch.feeds.get(part === 'decoder' ? 'rows' : 'patches')?.shape[0] ?? 0
  const shape = part === 'decoder' ? [1, rows, config.text.hiddenSize] : [rows, config.vision.width]
  const [x, dy] = [noise(random, shape), noise(random, shape)]
  const feeds = new Map([...batch.feeds, ['causal', causalBias(rows / queryBlocks(rows), rows)]])
  const run = (): Promise<unknown> => direction === 'forward' ? runner.forward(block, x, feeds, null) : runner.backward(block, x, dy, feeds, null, true)
  return { rows, ...await timed({ warm: 2, repeats, threads }, run) }
}

async function workStep({ tokens, threads, repeats }: Task, weights: Map<string, HostTensor>): Promise<Measured> {
  const random = Random.seeded(2)
  const model = new VisionLanguageModel(config, weights, { threads, blockwise: true })
  const trainer = new Trainer(model, { trainable: { lora: { ...LORA, vision: false } }, objective: { kind: 'sft' } })
  const samples = [sampleOf(random, tokens, imagePatches(tokens))]
  const losses: number[] = []
  const result = await timed({ warm: 1, repeats, threads }, async () => losses.push((await trainer.step(samples, { learningRate: 1e-3 })).loss))
  return { rows: tokens, ...result, losses }
}

/** Times of `repeats` runs after some that are not counted. */
async function timed({ warm, repeats, threads }: { warm: number; repeats: number; threads: number }, run: () => Promise<unknown>): Promise<Omit<Measured, 'rows'>> {
  const idleMiB = process.memoryUsage().rss / MEBI
  const [seconds, processorSeconds]: [number[], number[]] = [[], []]
  for (let i = -warm; i < repeats; i++) {
    const [began, used] = [performance.now(), process.cpuUsage()]
    await run()
    const { user, system } = process.cpuUsage(used)
    if (i < 0) continue
    seconds.push((performance.now() - began) / 1000)
    processorSeconds.push((user + system) / 1e6 / threads)
  }
  return { seconds, processorSeconds, idleMiB, peakMiB: process.resourceUsage().maxRSS / 1024 }
}

/** A quarter of a sequence is a picture: as many patches as tokens, in an even square. */
function imagePatches(tokens: number): number {
  return (2 * Math.floor(Math.sqrt(tokens) / 2)) ** 2
}

function sampleOf(random: Random, tokens: number, patches: number): TokenSample {
  const side = Math.sqrt(patches) / 2
  const { ids } = config
  const image = randomImage(random, Math.floor(side), Math.round(patches / 4 / Math.floor(side)), config)
  const rest = Math.max(8, tokens - image.tokens - 2)
  const words = Array.from({ length: rest }, () => random.integer(0, 150_000))
  const all = [ids.visionStart, ...new Array<number>(image.tokens).fill(ids.imagePad), ids.visionEnd, ...words]
  return { ids: Int32Array.from(all), loss: new Float32Array(all.length).fill(1, all.length - Math.ceil(rest / 2)), images: [image] }
}

/** Cheap noise: a short random pattern, repeated. */
function noise(random: Random, shape: readonly number[]): HostTensor {
  const pattern = Float32Array.from({ length: 8191 }, () => random.normal())
  return floats(shape, Float32Array.from({ length: elementCount(shape) }, (_, i) => pattern[i % pattern.length] as number))
}
