import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { Random } from '#shared/domain/random.ts'
import type { VisionLanguageConfig } from '#main/model/config.ts'
import { DEFAULT_LORA, type LoraSettings } from '#main/model/lora.ts'
import type { TokenSample } from '#main/model/sequence.ts'
import type { VisionLanguageModel } from '#main/model/visionLanguageModel.ts'
import { floatData, type HostTensor } from '#main/runtime/tensor.ts'
import { type StepResult, Trainer, type TrainerOptions } from '#main/train/step.ts'
import { randomImage, randomSample, TINY, TINY2, tinyModel } from '../model/tiny.ts'

const SFT: TrainerOptions = { trainable: 'all', objective: { kind: 'sft' } }
const LORA: LoraSettings = { ...DEFAULT_LORA, rank: 4, alpha: 8, vision: true }
const VARIANTS: readonly { name: string; config: VisionLanguageConfig; options: TrainerOptions }[] = [
  { name: 'qwen2_vl', config: TINY2, options: SFT },
  { name: 'qwen2_vl with adapters everywhere', config: TINY2, options: { ...SFT, trainable: { lora: LORA } } },
  { name: 'qwen2_5_vl with text adapters', config: TINY, options: { ...SFT, trainable: { lora: { ...LORA, vision: false, rslora: true } } } }
]
const random = Random.seeded(33)
const shared = randomImage(random, 2, 3)
const samples: TokenSample[] = Array.from({ length: 8 }, (_, i) =>
  randomSample(random, i % 3 === 0 ? [] : [shared, randomImage(random, 1 + (i % 2), 5)], 3 + 5 * i, 6, 2 + (i % 4)))

async function trained(config: VisionLanguageConfig, options: TrainerOptions, steps = 2): Promise<{ model: VisionLanguageModel; results: StepResult[] }> {
  const model = tinyModel(config)
  const trainer = new Trainer(model, options)
  const results: StepResult[] = []
  for (let i = 0; i < steps; i++) results.push(await trainer.step(samples, { learningRate: 1e-3 }))
  await model.close()
  return { model, results }
}

/** Largest difference of what two models learnt, in learning rates. */
function difference(a: VisionLanguageModel, b: VisionLanguageModel): number {
  const tensors = (model: VisionLanguageModel): Map<string, HostTensor> => new Map([...model.weights, ...(model.adapter?.tensors ?? [])])
  let worst = 0
  for (const name of tensors(a).keys()) {
    const [x, y] = [floatData(tensors(a), name), floatData(tensors(b), name)]
    for (let i = 0; i < x.length; i++) worst = Math.max(worst, Math.abs((x[i] as number) - (y[i] as number)))
  }
  return worst / 1e-3
}

describe.each(VARIANTS)('training $name', ({ config, options }) => {
  // A large epsilon keeps near-zero gradients from being blown up to full-size steps by Adam's normalisation.
  const calm = { ...options, epsilon: 1e-3 }

  it('is the same in one batch of 8, in 8 of 1, recomputed, and with the head in pieces', async () => {
    const whole = await trained(config, calm)
    expect(difference(whole.model, (await trained(config, calm, 0)).model)).toBeGreaterThan(0.01)
    for (const change of [{ maxTokens: 1 }, { recompute: true }, { recompute: true, headRows: 3, maxTokens: 200 }]) {
      const other = await trained(config, { ...calm, ...change })
      other.results.forEach(({ loss, entropy, logProbs }, i) => {
        expect(loss).toBeCloseTo(whole.results[i]?.loss as number, 5)
        expect(entropy).toBeCloseTo(whole.results[i]?.entropy as number, 5)
        logProbs.forEach((row, k) => row.forEach((value, t) => expect(value).toBeCloseTo(whole.results[i]?.logProbs[k]?.[t] as number, 4)))
      })
      expect(difference(whole.model, other.model)).toBeLessThan(2e-3)
    }
  })

  it('does not see padding', async () => {
    const { model } = await trained(config, options, 1)
    const [short, long] = [samples[1] as TokenSample, samples[7] as TokenSample]
    const [alone] = await model.logProbs([short])
    const [beside] = await model.logProbs([short, long])
    alone?.forEach((value, t) => expect(Math.abs(value - (beside?.[t] ?? Number.NaN))).toBeLessThan(1e-5))
    await model.close()
  })

  it('goes on after a save as if it had not stopped, dropout included', async () => {
    const { trainable } = options
    const noisy: TrainerOptions = { ...options, seed: 5, trainable: typeof trainable === 'object' ? { lora: { ...trainable.lora, dropout: 0.2 } } : trainable }
    const folder = await mkdtemp(join(tmpdir(), 'sightline-variant-'))
    const { results } = await trained(config, noisy, 4)
    const first = new Trainer(tinyModel(config), noisy)
    for (let i = 0; i < 2; i++) await first.step(samples, { learningRate: 1e-3 })
    await first.saveState(folder)
    const second = new Trainer(tinyModel(config), { ...noisy })
    await second.loadState(folder)
    for (const { loss } of results.slice(2)) expect((await second.step(samples, { learningRate: 1e-3 })).loss).toBe(loss)
    await rm(folder, { recursive: true })
  })
})

describe('adapters', () => {
  const lora = { ...SFT, trainable: { lora: LORA } }

  it('leave the model unchanged while B is 0, in the graph and merged', async () => {
    const plain = tinyModel(TINY2)
    const before = await plain.logProbs(samples)
    const model = tinyModel(TINY2)
    const { logProbs } = await new Trainer(model, lora).step(samples, { learningRate: 0 })
    expect(logProbs).toEqual(before)
    expect(await model.logProbs(samples)).toEqual(before)
  })

  it('change what is sampled and scored, and nothing but themselves', async () => {
    const { model, results } = await trained(TINY2, lora, 12)
    expect(results.at(-1)?.loss).toBeLessThan(0.9 * (results[0]?.loss as number))
    const fresh = tinyModel(TINY2)
    for (const [name, { data }] of model.weights) expect(data).toEqual(floatData(fresh.weights, name))
    const next = await new Trainer(model, lora).step(samples, { learningRate: 0 })
    const scored = await model.logProbs(samples)
    next.logProbs.forEach((row, k) => row.forEach((value, t) => expect(value).toBeCloseTo(scored[k]?.[t] as number, 4)))
    await model.close()
  })

  it('drop inputs in training only, and at another place each step', async () => {
    const model = tinyModel(TINY2)
    const trainer = new Trainer(model, { ...lora, trainable: { lora: { ...LORA, dropout: 0.5 } } })
    await trainer.step(samples, { learningRate: 1e-2 })
    const losses = [await trainer.step(samples, { learningRate: 0 }), await trainer.step(samples, { learningRate: 0 })].map(({ loss }) => loss)
    expect(losses[0]).not.toBe(losses[1])
    expect(await model.logProbs(samples)).toEqual(await model.logProbs(samples))
  })

  it('are not put beneath trained weights, nor on layers that are not there', async () => {
    const { model } = await trained(TINY2, lora, 1)
    expect(() => new Trainer(model, SFT)).toThrow(/has an adapter/)
    const wrong = { ...LORA, targets: ['q_proj', 'fc3'] }
    expect(() => new Trainer(tinyModel(TINY2), { ...SFT, trainable: { lora: wrong } })).toThrow(/no linear layer is called fc3/)
    expect(() => new Trainer(tinyModel(TINY2), { ...SFT, trainable: { lora: { ...LORA, vision: false, targets: ['qkv'] } } })).toThrow(/no text linear layer is called qkv/)
  })
})
