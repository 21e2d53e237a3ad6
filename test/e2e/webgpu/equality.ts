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
  const { config } = model
  const decoder = new Decoder(model, { tokensPerRun: 1 })
  const random = Random.seeded(9)
  const prompts = [2, 3].map((columns) => randomSample(random, [randomImage(random, 1, columns, config)], 3, 3, 1, config))
  const sequences = prompts.map(() => decoder.open())
  await decoder.extend(prompts.map(({ ids, images }, i) => ({ sequence: sequences[i] ?? 0, ids, images })))
  const rule = { temperature: 0, topK: 0, topP: 1, bannedIds: new Set<number>(), stopIds: new Set(config.ids.eos) }
  const found = await decoder.generate(sequences.map((sequence) => ({ sequence, seed: 1, maxNewTokens: NEW_TOKENS })), rule)
  return found.map(({ ids }) => ids)
}

/** Adapters with dropout in two micro-batches a step, saved half-way and gone on with by another trainer. */
async function adapters(config: typeof TINY, device: DeviceName): Promise<unknown> {
  const lora = { ...DEFAULT_LORA, rank: 4, dropout: 0.1 }
  const options: TrainerOptions = { trainable: { lora }, objective: OBJECTIVE, maxTokens: 40, seed: 3 }
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
answer({ results, lora, wrongAt: await fusedAttentionWrongAt([20, 40]) })
