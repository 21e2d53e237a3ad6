/** Our side of realModels.ts: one part of it in a process of its own. */
import type { DeviceName } from '#shared/domain/device.ts'
import { Random } from '#shared/domain/random.ts'
import { gemm } from '#main/onnx/build/matmul.ts'
import { total } from '#main/onnx/build/reduce.ts'
import { Graph } from '#main/onnx/graph.ts'
import type { VisionLanguageConfig } from '#main/model/config.ts'
import { Decoder } from '#main/model/decoder.ts'
import { DEFAULT_LORA } from '#main/model/lora.ts'
import type { PolicySample, TokenSample } from '#main/model/sequence.ts'
import { VisionLanguageModel } from '#main/model/visionLanguageModel.ts'
import { liveDeviceBytes } from '#main/runtime/deviceTensor.ts'
import { Session } from '#main/runtime/session.ts'
import { floats, type HostTensor } from '#main/runtime/tensor.ts'
import { openWeights } from '#main/runtime/weightFiles.ts'
import { Trainer } from '#main/train/step.ts'
import { type RealModel, realConfig, sampleOf, timed } from './realBlock.ts'

export type RealPart = 'product' | 'generate' | 'sft' | 'grpo'

export interface RealTask {
  readonly folder: string
  readonly model: RealModel
  /** Of decoder and tower; 0 = as released. */
  readonly layers: number
  readonly part: RealPart
  readonly device: DeviceName
  readonly threads: number
  readonly repeats: number
  /** Of a prompt and of a training sequence, a picture of a quarter of them included. */
  readonly tokens: number
  /** Tokens written by each reply. */
  readonly written: number
  readonly batches: readonly number[]
  /** Replies to the question of a GRPO step. */
  readonly group: number
  readonly rank: number
}

/** What both sides say of a part. */
export interface RealRow {
  readonly name: string
  /** Processed or written in one run. */
  readonly tokens: number
  readonly seconds: readonly number[]
  /** Seconds of the last run by what they went to. */
  readonly phases?: Readonly<Record<string, number>>
  /** Resident memory of the process at most, and bytes of our tensors on the device. */
  readonly peakBytes: number
  readonly deviceBytes?: number
}

/** The configuration with fewer layers, at least one of each kind. */
export function cutShort(config: VisionLanguageConfig, layers: number): VisionLanguageConfig {
  if (layers === 0) return config
  const { text, vision } = config
  const fullAttentionBlocks = vision.windowSize === 0 ? Array.from({ length: layers }, (_, i) => i) : [layers - 1]
  return { ...config, text: { ...text, layers }, vision: { ...vision, depth: layers, fullAttentionBlocks } }
}

/** A model in 4 bits goes block by block wherever it can, as a policy does. */
async function openModel({ folder, model, layers, device, threads }: RealTask, learns: boolean): Promise<VisionLanguageModel> {
  const files = await openWeights(folder)
  const weights = new Map(files.names.map((name): [string, HostTensor] => [name, files.stored(name) as HostTensor]))
  await files.close()
  const blockwise = learns || files.names.some((name) => files.isQuantized(name))
  return new VisionLanguageModel(cutShort(await realConfig(model), layers), weights, { threads, device, blockwise })
}

const PARTS: Readonly<Record<RealPart, (task: RealTask) => Promise<RealRow[]>>> = { product, generate, sft, grpo }

/** A product of 2,048 x 2,048 matrices in float32 that lie where the device reads them, of which a sum comes back. */
async function product({ device, threads, repeats }: RealTask): Promise<RealRow[]> {
  const graph = new Graph()
  graph.output('sum', total(gemm(graph.input('a', [2048, 2048]), graph.input('b', [2048, 2048]))))
  const session = await Session.open(graph, { threads, device })
  const square = (): HostTensor => floats([2048, 2048], new Float32Array(2048 ** 2).fill(0.5))
  const feeds = new Map([['a', square()], ['b', square()]])
  const { seconds, peakBytes } = await timed({ warm: 2, repeats }, () => session.run(feeds))
  return [{ name: 'product of 2,048', tokens: 0, seconds, peakBytes, deviceBytes: liveDeviceBytes() }]
}

/** Replies of a batch: reading a prompt for each, then writing. */
async function generate(task: RealTask): Promise<RealRow[]> {
  const model = await openModel(task, false)
  const prompt = promptOf(task, model.config)
  const rows: RealRow[] = []
  for (const batch of task.batches) {
    const [prefill, decode]: [number[], number[]] = [[], []]
    for (let run = -1; run < task.repeats; run++) {
      const { read, write } = await replies(model, prompt, batch, task.written, false)
      if (run < 0) continue
      prefill.push(read)
      decode.push(write)
    }
    const memory = { peakBytes: 1024 * process.resourceUsage().maxRSS, deviceBytes: liveDeviceBytes() }
    rows.push({ name: `prefill, ${batch}`, tokens: batch * prompt.ids.length, seconds: prefill, ...memory }, { name: `decode, ${batch}`, tokens: batch * task.written, seconds: decode, ...memory })
  }
  await model.close()
  return rows
}

interface Replies {
  readonly ids: readonly (readonly number[])[]
  readonly read: number
  readonly write: number
}

/** `once`: the prompt is read once and its state copied, as a group of rollouts does; else each reply reads one of its own. */
async function replies(model: VisionLanguageModel, prompt: TokenSample, batch: number, written: number, once: boolean): Promise<Replies> {
  const { ids } = model.config
  const decoder = new Decoder(model)
  const began = performance.now()
  const read = Array.from({ length: once ? 1 : batch }, () => ({ ...prompt, sequence: decoder.open() }))
  await decoder.extend(read)
  const sequences = [...read.map(({ sequence }) => sequence), ...Array.from({ length: batch - read.length }, () => decoder.fork(read[0]?.sequence ?? 0))]
  const requests = sequences.map((sequence, seed) => ({ sequence, seed, maxNewTokens: written }))
  const readAt = performance.now()
  const rule = { temperature: 1, topK: 0, topP: 1, bannedIds: new Set([ids.imagePad, ids.videoPad, ids.visionStart, ids.visionEnd, ...ids.eos]), stopIds: new Set<number>() }
  const found = await decoder.generate(requests, rule)
  const write = (performance.now() - readAt) / 1000
  for (const { sequence } of requests) decoder.close(sequence)
  return { ids: found.map((row) => row.ids), read: (readAt - began) / 1000, write }
}

/** A LoRA step on one sequence, block by block, the tower frozen. */
async function sft(task: RealTask): Promise<RealRow[]> {
  const model = await openModel(task, true)
  const trainer = new Trainer(model, { trainable: { lora: { ...DEFAULT_LORA, rank: task.rank } }, objective: { kind: 'sft' } })
  const samples = [promptOf(task, model.config)]
  const { seconds, peakBytes } = await timed({ warm: 1, repeats: task.repeats }, () => trainer.step(samples, { learningRate: 1e-4 }))
  const deviceBytes = liveDeviceBytes()
  await model.close()
  return [{ name: 'LoRA step', tokens: samples[0]?.ids.length ?? 0, seconds, peakBytes, deviceBytes }]
}

/** A group of replies to one prompt, their log-probabilities under the model without its adapter, and an update on them. */
async function grpo(task: RealTask): Promise<RealRow[]> {
  const model = await openModel(task, true)
  const trainer = new Trainer(model, { trainable: { lora: { ...DEFAULT_LORA, rank: task.rank } }, objective: { kind: 'policy', clipLow: 0.2, clipHigh: 0.2, klBeta: 0.01 } })
  const prompt = promptOf(task, model.config)
  let phases: Record<string, number> = {}
  const { seconds, peakBytes } = await timed({ warm: 0, repeats: task.repeats }, async () => {
    const { ids, read, write } = await replies(model, prompt, task.group, task.written, true)
    const samples = ids.map((row, i): PolicySample => {
      const all = Int32Array.from([...prompt.ids, ...row])
      const filled = (value: number): Float32Array => new Float32Array(all.length).fill(value, prompt.ids.length)
      return { ids: all, images: prompt.images, loss: filled(1 / row.length / task.group), advantage: i % 2 === 0 ? 1 : -1, oldLogProbs: filled(-11.9), refLogProbs: filled(-11.9) }
    })
    const began = performance.now()
    const reference = await model.logProbs(samples)
    const scored = performance.now()
    await trainer.step(samples.map((sample, i) => ({ ...sample, oldLogProbs: reference[i] ?? sample.oldLogProbs })), { learningRate: 1e-4 })
    phases = { read, write, score: (scored - began) / 1000, update: (performance.now() - scored) / 1000 }
  })
  const deviceBytes = liveDeviceBytes()
  await model.close()
  return [{ name: `GRPO step, ${task.group} replies`, tokens: task.group * (prompt.ids.length + task.written), seconds, phases, peakBytes, deviceBytes }]
}

function promptOf({ tokens }: RealTask, config: VisionLanguageConfig): TokenSample {
  return sampleOf(Random.seeded(2), tokens, (2 * Math.floor(Math.sqrt(tokens) / 2)) ** 2, config)
}

if (process.send && process.argv[1] === import.meta.filename) {
  const task = JSON.parse(process.argv[2] ?? '') as RealTask
  process.send(await PARTS[task.part](task), () => process.exit())
}
