/**
 * Trains, scores and writes with the tiny models on the CPU and on WebGPU and prints both as one JSON line. A program of its own: the
 * driver it should find is named in its environment.
 */
import type { DeviceName } from '#shared/domain/device.ts'
import { Random } from '#shared/domain/random.ts'
import { Decoder } from '#main/model/decoder.ts'
import type { PolicySample } from '#main/model/sequence.ts'
import { fusedAttentionWrongAt } from '#main/runtime/deviceProbe.ts'
import { Trainer } from '#main/train/step.ts'
import { randomImage, randomSample, TINY, TINY2, tinyModel } from '../../model/tiny.ts'

const STEPS = 50
const NEW_TOKENS = 24

export interface Run {
  readonly losses: readonly number[]
  readonly gradNorms: readonly number[]
  readonly ids: readonly (readonly number[])[]
}

function samples(config: typeof TINY): PolicySample[] {
  const random = Random.seeded(5)
  return [1, 2].map((rows, i) => {
    const sample = randomSample(random, [randomImage(random, rows, 3, config)], 4, 5, 4, config)
    const filled = (value: number): Float32Array => new Float32Array(sample.ids.length).fill(value)
    return { ...sample, loss: sample.loss.map((weight) => weight / 8), advantage: i === 0 ? 1 : -0.5, oldLogProbs: filled(-3.5), refLogProbs: filled(-3.6) }
  })
}

async function run(config: typeof TINY, device: DeviceName): Promise<Run> {
  const model = tinyModel(config, 1, { threads: 1, device })
  const trainer = new Trainer(model, { trainable: 'all', objective: { kind: 'policy', clipLow: 0.2, clipHigh: 0.2, klBeta: 0.1 } })
  const [losses, gradNorms]: number[][] = [[], []]
  for (let step = 0; step < STEPS; step++) {
    const { loss, gradNorm } = await trainer.step(samples(config), { learningRate: 1e-3 })
    losses?.push(loss)
    gradNorms?.push(gradNorm)
  }
  const decoder = new Decoder(model, { tokensPerRun: 1 })
  const random = Random.seeded(9)
  const prompts = [2, 3].map((columns) => randomSample(random, [randomImage(random, 1, columns, config)], 3, 3, 1, config))
  const sequences = prompts.map(() => decoder.open())
  await decoder.extend(prompts.map(({ ids, images }, i) => ({ sequence: sequences[i] ?? 0, ids, images })))
  const rule = { temperature: 0, topK: 0, topP: 1, bannedIds: new Set<number>(), stopIds: new Set(config.ids.eos) }
  const written = await decoder.generate(sequences.map((sequence) => ({ sequence, seed: 1, maxNewTokens: NEW_TOKENS })), rule)
  await model.close()
  return { losses: losses ?? [], gradNorms: gradNorms ?? [], ids: written.map(({ ids }) => ids) }
}

const families = { qwen2_5_vl: TINY, qwen2_vl: TINY2 }
const results = []
for (const [family, config] of Object.entries(families)) {
  results.push({ family, cpu: await run(config, 'cpu'), webgpu: await run(config, 'webgpu') })
}
const wrongAt = await fusedAttentionWrongAt([20, 40])
process.stdout.write(`${JSON.stringify({ results, wrongAt })}\n`, () => process.exit(0))
