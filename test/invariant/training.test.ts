import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { Random } from '#shared/domain/random.ts'
import type { PolicySample, StepSample, TokenSample } from '#main/model/sequence.ts'
import type { VisionLanguageModel } from '#main/model/visionLanguageModel.ts'
import { k3, policyLoss } from '#main/objective/policyLoss.ts'
import { supervisedLoss } from '#main/objective/sft.ts'
import { floatData } from '#main/runtime/tensor.ts'
import { Trainer, type TrainerOptions } from '#main/train/step.ts'
import { randomImage, randomSample, TINY, tinyModel } from '../model/tiny.ts'

const SFT: TrainerOptions = { trainable: 'all', objective: { kind: 'sft' } }
const random = Random.seeded(21)
const shared = randomImage(random, 2, 3)
const samples: TokenSample[] = Array.from({ length: 8 }, (_, i) =>
  randomSample(random, i % 3 === 0 ? [] : [shared, randomImage(random, 1 + (i % 2), 5)], 3 + 5 * i, 6, 2 + (i % 4)))

/** Largest difference of two models' weights, relative to the largest change a step can make. */
function difference(a: VisionLanguageModel, b: VisionLanguageModel, learningRate: number): number {
  let worst = 0
  for (const name of a.weights.keys()) {
    const [x, y] = [floatData(a.weights, name), floatData(b.weights, name)]
    for (let i = 0; i < x.length; i++) worst = Math.max(worst, Math.abs((x[i] as number) - (y[i] as number)))
  }
  return worst / learningRate
}

async function trained(options: TrainerOptions, batches: readonly StepSample[][], learningRate = 1e-3): Promise<{ model: VisionLanguageModel; losses: number[] }> {
  const model = tinyModel()
  const trainer = new Trainer(model, options)
  const losses: number[] = []
  for (const batch of batches) losses.push((await trainer.step(batch, { learningRate })).loss)
  return { model, losses }
}

describe('a training step', () => {
  it('is the same for one batch of 8 and 8 micro-batches of 1', async () => {
    // A large epsilon keeps near-zero gradients from being blown up to full-size steps by Adam's normalisation.
    const options = { ...SFT, epsilon: 1e-3 }
    const whole = await trained(options, [samples, samples])
    const split = await trained({ ...options, maxTokens: 1 }, [samples, samples])
    split.losses.forEach((loss, i) => expect(loss).toBeCloseTo(whole.losses[i] as number, 5))
    expect(difference(whole.model, split.model, 1e-3)).toBeLessThan(2e-3)
  })

  it('does not see padding', async () => {
    const [short, long] = [samples[1] as TokenSample, samples[7] as TokenSample]
    const model = tinyModel()
    const [alone] = await model.logProbs([short])
    const [beside] = await model.logProbs([short, long])
    alone?.forEach((value, t) => expect(Math.abs(value - (beside?.[t] ?? Number.NaN))).toBeLessThan(1e-5))
  })

  it('reports the loss of its log-probabilities, and learns', async () => {
    const model = tinyModel()
    const trainer = new Trainer(model, SFT)
    const { loss, logProbs, tokens, entropy, gradNorm } = await trainer.step(samples, { learningRate: 3e-3 })
    const [p, w] = [logProbs.flatMap((row) => [...row]), samples.flatMap((sample) => [...sample.loss])]
    expect(loss).toBeCloseTo(supervisedLoss(p, w, w.reduce((a, b) => a + b)), 5)
    expect(tokens).toBe(w.filter((weight) => weight > 0).length)
    expect(entropy).toBeGreaterThan(0)
    expect(gradNorm).toBeGreaterThan(0)
    let last = loss
    for (let i = 0; i < 15; i++) last = (await trainer.step(samples, { learningRate: 3e-3 })).loss
    expect(last).toBeLessThan(0.7 * loss)
  })

  it('moves along its gradient as far as calculus says', async () => {
    const model = tinyModel()
    const before = new Map(model.weights)
    const lossAt = async (): Promise<number> => {
      const [p, w] = [(await model.logProbs(samples)).flatMap((row) => [...row]), samples.flatMap((sample) => [...sample.loss])]
      return supervisedLoss(p, w, w.reduce((a, b) => a + b))
    }
    // With beta 0 and a huge epsilon Adam is plain gradient descent of rate learningRate / epsilon.
    const descent = { ...SFT, beta1: 0, beta2: 0, epsilon: 1e6, clipNorm: 1e9, weightDecay: 0 }
    const { gradNorm } = await new Trainer(model, descent).step(samples, { learningRate: 1e6 * 2e-3 })
    const down = await lossAt()
    for (const [name, { shape }] of before) {
      const [x, y] = [floatData(before, name), floatData(model.weights, name)]
      model.weights.set(name, { dtype: 'f32', shape, data: x.map((value, i) => 2 * value - (y[i] as number)) })
    }
    const up = await lossAt()
    expect((up - down) / (2 * 2e-3 * gradNorm ** 2)).toBeCloseTo(1, 1.5)
  })

  it('leaves vision and merger alone when they are frozen', async () => {
    const { model } = await trained({ ...SFT, trainable: 'text' }, [samples])
    const fresh = tinyModel()
    for (const [name, value] of model.weights) {
      const same = floatData(fresh.weights, name).every((x, i) => x === value.data[i])
      expect([name, same]).toEqual([name, name.startsWith('visual.')])
    }
  })

  it('is not taken when the gradient is not finite', async () => {
    const model = tinyModel()
    const before = new Map(model.weights)
    const poisoned = { ...randomImage(random, 1, 1) }
    poisoned.patches[0] = Number.NaN
    const result = await new Trainer(model, SFT).step([randomSample(random, [poisoned], 2, 4, 2)], { learningRate: 1e-3 })
    expect(result.skipped).toBe(true)
    for (const [name, value] of before) expect(model.weights.get(name)).toBe(value)
  })

  it('refuses a batch without targets and images that do not fit', async () => {
    const trainer = new Trainer(tinyModel(), SFT)
    const [first] = samples as [TokenSample]
    await expect(trainer.step([{ ...first, loss: new Float32Array(first.ids.length) }], { learningRate: 1 })).rejects.toThrow(/no token of the step is a target/)
    await expect(trainer.step([{ ...first, images: [shared] }], { learningRate: 1 })).rejects.toThrow(/1 images given, the tokens hold 0/)
  })
})

describe('resume', () => {
  it('continues to the same losses to the last digit', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'sightline-trainer-'))
    const options: TrainerOptions = { ...SFT, auxiliary: { weight: 0.1, classes: [3, 4] } }
    const withTargets = samples.map((sample) => ({ ...sample, visualTargets: sample.images.map(({ tokens }) => Int32Array.from({ length: 2 * tokens }, (_, i) => (i % 3) - 1 + (i % 2))) }))
    const { losses } = await trained(options, [withTargets, withTargets, withTargets, withTargets])
    const first = new Trainer(tinyModel(), options)
    await first.step(withTargets, { learningRate: 1e-3 })
    await first.step(withTargets, { learningRate: 1e-3 })
    await first.saveState(folder)
    const second = new Trainer(tinyModel(TINY, 99), options)
    await second.loadState(folder)
    expect(second.steps).toBe(2)
    for (const expected of losses.slice(2)) expect((await second.step(withTargets, { learningRate: 1e-3 })).loss).toBe(expected)
    await expect(new Trainer(tinyModel(), { ...options, auxiliary: { weight: 0.1, classes: [3, 5] } }).loadState(folder)).rejects.toThrow(/has no auxiliary\.1\.weight of shape \[5, 32\]/)
    await rm(folder, { recursive: true })
  })
})

describe('the policy loss in the graph', () => {
  it.each([
    { clipLow: 0.2, clipHigh: 0.2, klBeta: 0 },
    { clipLow: 0.2, clipHigh: 0.3, klBeta: 0.05, dualClip: 3 }
  ])('is the one of objective/policyLoss ($klBeta)', async (settings) => {
    const model = tinyModel()
    const scored = await model.logProbs(samples)
    const policySamples: PolicySample[] = samples.map((sample, i) => ({
      ...sample,
      advantage: i % 2 === 0 ? 1.5 : -0.8,
      loss: sample.loss.map((weight) => weight / (samples.length * 3)),
      oldLogProbs: (scored[i] as Float32Array).map((value) => value + 0.6 * random.normal()),
      refLogProbs: (scored[i] as Float32Array).map((value) => value + 0.4 * random.normal())
    }))
    const { loss } = await new Trainer(model, { ...SFT, objective: { kind: 'policy', ...settings } }).step(policySamples, { learningRate: 1e-3 })
    const column = (read: (sample: PolicySample, t: number, i: number) => number): number[] =>
      policySamples.flatMap((sample, i) => Array.from(sample.loss.keys()).flatMap((t) => (sample.loss[t] ? [read(sample, t, i)] : [])))
    const expected = policyLoss({
      logProbs: column((_, t, i) => scored[i]?.[t] ?? 0), oldLogProbs: column((sample, t) => sample.oldLogProbs[t] ?? 0),
      refLogProbs: settings.klBeta > 0 ? column((sample, t) => sample.refLogProbs?.[t] ?? 0) : null,
      advantages: column((sample) => sample.advantage), weights: column((sample, t) => sample.loss[t] ?? 0)
    }, settings)
    expect(loss).toBeCloseTo(expected, 5)
    expect(k3(-1, -1)).toBe(0)
  })
})
