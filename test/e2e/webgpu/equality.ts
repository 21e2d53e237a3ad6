/**
 * Trains, scores and writes with the tiny models on the CPU and on WebGPU and prints both. A program of its own: the driver it should
 * find is named in its environment.
 */
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { DeviceName } from '#shared/domain/device.ts'
import { Random } from '#shared/domain/random.ts'
import { Decoder } from '#main/model/decoder.ts'
import type { GenerateRule } from '#main/model/generation.ts'
import { DEFAULT_LORA } from '#main/model/lora.ts'
import type { PolicySample } from '#main/model/sequence.ts'
import type { VisionLanguageModel } from '#main/model/visionLanguageModel.ts'
import { fusedAttentionWrongAt } from '#main/runtime/deviceProbe.ts'
import { liveDeviceBytes } from '#main/runtime/deviceTensor.ts'
import { Trainer, type TrainerOptions } from '#main/train/step.ts'
import { randomImage, randomSample, TINY, TINY2, tinyModel } from '../../model/tiny.ts'
import { answer } from './driver.ts'

const STEPS = 50
const LORA_STEPS = 6
const NEW_TOKENS = 24
const RATE = { learningRate: 1e-3 }
const OBJECTIVE = { kind: 'policy', clipLow: 0.2, clipHigh: 0.2, klBeta: 0.1 } as const

function samples(config: typeof TINY): PolicySample[] {
  const random = Random.seeded(5)
  return [1, 2].map((rows, i) => {
    const sample = randomSample(random, [randomImage(random, rows, 3, config)], 4, 5, 4, config)
    const filled = (value: number): Float32Array => new Float32Array(sample.ids.length).fill(value)
    return { ...sample, loss: sample.loss.map((weight) => weight / 8), advantage: i === 0 ? 1 : -0.5, oldLogProbs: filled(-3.5), refLogProbs: filled(-3.6) }
  })
}

async function run(config: typeof TINY, device: DeviceName): Promise<unknown> {
  const model = tinyModel(config, 1, { threads: 1, device })
  const trainer = new Trainer(model, { trainable: 'all', objective: OBJECTIVE })
  const [losses, gradNorms, heldAt]: [number[], number[], number[]] = [[], [], []]
  for (let step = 0; step < STEPS; step++) {
    const { loss, gradNorm } = await trainer.step(samples(config), RATE)
    losses.push(loss)
    gradNorms.push(gradNorm)
    heldAt.push(liveDeviceBytes())
  }
  const ids = await written(model)
  await model.close()
  return { losses, gradNorms, ids, held: { first: heldAt[0], last: heldAt.at(-1), left: liveDeviceBytes() } }
}

async function written(model: VisionLanguageModel): Promise<readonly (readonly number[])[]> {
  const { decoder, sequences } = await opened(model, [2, 3])
  const found = await decoder.generate(sequences.map((sequence) => ({ sequence, seed: 1, maxNewTokens: NEW_TOKENS })), ruleOf(model, { temperature: 0 }))
  for (const sequence of sequences) decoder.close(sequence)
  return found.map(({ ids }) => ids)
}

function ruleOf(model: VisionLanguageModel, rule: Partial<GenerateRule>): GenerateRule {
  return { temperature: 1, topK: 0, topP: 1, bannedIds: new Set([3]), stopIds: new Set(model.config.ids.eos), ...rule }
}

/** Sequences that have read a picture of so many columns and a few words each. */
async function opened(model: VisionLanguageModel, columns: readonly number[]): Promise<{ decoder: Decoder; sequences: number[] }> {
  const decoder = new Decoder(model)
  const random = Random.seeded(9)
  const prompts = columns.map((count) => randomSample(random, [randomImage(random, 1, count, model.config)], 3, 3, 1, model.config))
  const sequences = prompts.map(() => decoder.open())
  await decoder.extend(prompts.map(({ ids, images }, i) => ({ sequence: sequences[i] ?? 0, ids, images })))
  return { decoder, sequences }
}

/** Turns of different lengths, so that sequences leave the batch one by one; then a fork at a mark and a second turn of another. */
async function turns(device: DeviceName, { longest, largestBuffer, ...drawing }: Scenario): Promise<Turns> {
  // None ends before its limit.
  const rule = { ...drawing, stopIds: new Set<number>() }
  const model = tinyModel(TINY, 1, { threads: 1, device, ...(largestBuffer === undefined ? {} : { largestBuffer }) })
  const { decoder, sequences } = await opened(model, [2, 1])
  const [one = 0, other = 0] = sequences
  const mark = decoder.mark(one)
  const first = await decoder.generate(sequences.map((sequence, i) => ({ sequence, seed: i, maxNewTokens: [4, longest][i] ?? 0 })), ruleOf(model, rule))
  const fork = decoder.fork(one, mark)
  await decoder.extend([{ sequence: other, ids: [5, 6, 7], images: [] }])
  const second = await decoder.generate([fork, other].map((sequence, i) => ({ sequence, seed: i, maxNewTokens: 6 })), ruleOf(model, rule))
  const held = liveDeviceBytes()
  for (const sequence of [...sequences, fork]) decoder.close(sequence)
  const [freed, all] = [held - liveDeviceBytes(), [...first, ...second]]
  await model.close()
  return { ids: all.map(({ ids }) => ids), logProbs: all.flatMap(({ logProbs }) => logProbs), entropies: all.flatMap(({ entropies }) => entropies), freed, left: liveDeviceBytes() }
}

interface Scenario extends Partial<GenerateRule> {
  readonly longest: number
  readonly largestBuffer?: number
}

interface Turns {
  readonly ids: readonly (readonly number[])[]
  readonly logProbs: readonly number[]
  readonly entropies: readonly number[]
  /** Bytes of keys and values on the device. */
  readonly freed: number
  readonly left: number
}

/** Adapters with dropout in two micro-batches a step, saved half-way and gone on with by another trainer. */
async function adapters(config: typeof TINY, device: DeviceName): Promise<unknown> {
  const lora = { ...DEFAULT_LORA, rank: 4, dropout: 0.1 }
  const options: TrainerOptions = { trainable: { lora }, objective: OBJECTIVE, maxTokens: 1, seed: 3 }
  const folder = await mkdtemp(join(tmpdir(), 'sightline-webgpu-'))
  const first = tinyModel(config, 1, { threads: 1, device })
  const before = new Trainer(first, options)
  const losses: number[] = []
  for (let step = 0; step < LORA_STEPS; step++) {
    if (step === LORA_STEPS / 2) await before.saveState(folder)
    losses.push((await before.step(samples(config), RATE)).loss)
  }
  const logProbs = (await first.logProbs(samples(config))).map((row) => [...row])
  await first.close()
  const second = tinyModel(config, 1, { threads: 1, device })
  const after = new Trainer(second, { ...options })
  await after.step(samples(config), RATE)
  await after.loadState(folder)
  const resumed: number[] = []
  for (let step = LORA_STEPS / 2; step < LORA_STEPS; step++) resumed.push((await after.step(samples(config), RATE)).loss)
  await second.close()
  return { losses, resumed, logProbs, left: liveDeviceBytes() }
}

const families = { qwen2_5_vl: TINY, qwen2_vl: TINY2 }
const results = []
for (const [family, config] of Object.entries(families)) {
  results.push({ family, cpu: await run(config, 'cpu'), webgpu: await run(config, 'webgpu') })
}
const lora = { cpu: await adapters(TINY, 'cpu'), webgpu: await adapters(TINY, 'webgpu') }
const writing = []
const scenarios: Scenario[] = [
  { longest: 37, temperature: 1 }, { longest: 7, temperature: 0.8, topK: 5, topP: 0.9 },
  // The embedding (40 x 32 floats) and every larger matrix in parts of at most 15 rows.
  { longest: 7, temperature: 1, largestBuffer: 15 * 32 * 4 }
]
for (const scenario of scenarios) writing.push({ cpu: await turns('cpu', scenario), webgpu: await turns('webgpu', scenario) })
answer({ results, lora, writing, wrongAt: await fusedAttentionWrongAt([20, 40]) })
