import { describe, expect, it } from 'vitest'
import { Random } from '#shared/domain/random.ts'
import type { PolicySample, PreferenceSample, StepSample, TokenSample } from '#main/model/sequence.ts'
import { policyLoss } from '#main/objective/policyLoss.ts'
import { preferenceLoss } from '#main/objective/preferenceLoss.ts'
import { floatData } from '#main/runtime/tensor.ts'
import type { Objective } from '#main/train/lossGraph.ts'
import { preferenceMetrics } from '#main/train/preferenceMetrics.ts'
import { Trainer } from '#main/train/step.ts'
import { randomImage, randomSample, tinyModel } from '../model/tiny.ts'

const random = Random.seeded(55)
const image = randomImage(random, 2, 3)
const samples: TokenSample[] = Array.from({ length: 6 }, (_, i) => randomSample(random, i % 2 === 0 ? [image] : [], 4 + 5 * i, 7, 2 + (i % 4)))

/** The same step in one run and in as many as there can be: loss, log-probabilities and the weights after it. */
async function stepped(objective: Objective, batch: readonly StepSample[], maxTokens?: number) {
  const model = tinyModel()
  // A large epsilon keeps near-zero gradients from being blown up to full-size steps by Adam's normalisation.
  const trainer = new Trainer(model, { trainable: 'all', objective, epsilon: 1e-3, ...(maxTokens === undefined ? {} : { maxTokens }) })
  const result = await trainer.step(batch, { learningRate: 1e-3 })
  await model.close()
  return { model, result }
}

async function sameWhenSplit(objective: Objective, batch: readonly StepSample[]): Promise<{ loss: number; logProbs: readonly Float32Array[] }> {
  const whole = await stepped(objective, batch)
  const split = await stepped(objective, batch, 1)
  expect(split.result.loss).toBeCloseTo(whole.result.loss, 5)
  let worst = 0
  for (const name of whole.model.weights.keys()) {
    const [a, b] = [floatData(whole.model.weights, name), floatData(split.model.weights, name)]
    a.forEach((value, i) => { worst = Math.max(worst, Math.abs(value - (b[i] as number))) })
  }
  expect(worst).toBeLessThan(2e-6)
  return whole.result
}

describe('objectives that couple tokens', () => {
  it('ratios of whole responses: one batch = micro-batches = the formula', async () => {
    const scored = await tinyModel().logProbs(samples)
    const batch = samples.map((sample, i): PolicySample => ({
      ...sample, advantage: i % 2 === 0 ? 1.2 : -0.9, loss: sample.loss.map((weight) => weight / 20),
      oldLogProbs: (scored[i] as Float32Array).map((value) => value + 0.3 * random.normal())
    }))
    const settings = { ratio: 'sequence', clipLow: 0.05, clipHigh: 0.05, klBeta: 0 } as const
    const { loss, logProbs } = await sameWhenSplit({ kind: 'policy', ...settings }, batch)
    const tokens = batch.flatMap((sample, i) => [...sample.loss.keys()].filter((t) => sample.loss[t] !== 0).map((t) => ({ sample, i, t })))
    expect(loss).toBeCloseTo(policyLoss({
      logProbs: tokens.map(({ i, t }) => logProbs[i]?.[t] ?? NaN), oldLogProbs: tokens.map(({ sample, t }) => sample.oldLogProbs[t] ?? NaN), refLogProbs: null,
      advantages: tokens.map(({ sample }) => sample.advantage), weights: tokens.map(({ sample, t }) => sample.loss[t] ?? NaN), responses: tokens.map(({ i }) => i)
    }, settings), 5)
  })

  it('preference pairs: one batch = micro-batches that keep pairs together = the formula', async () => {
    const scored = await tinyModel().logProbs(samples)
    const batch = samples.map((sample, i): PreferenceSample => ({
      ...sample, pair: i % 3, chosen: i < 3, refLogProbs: (scored[i] as Float32Array).map((value) => value + 0.3 * random.normal())
    }))
    const settings = { beta: 0.7, labelSmoothing: 0.1 }
    const { loss, logProbs } = await sameWhenSplit({ kind: 'preference', ...settings }, batch)
    const sum = (values: Float32Array | undefined, { loss: weights }: TokenSample): number => weights.reduce((total, weight, t) => total + weight * (values?.[t] ?? NaN), 0)
    const pairs = [0, 1, 2].map((pair) => {
      const [w, l] = [batch[pair] as PreferenceSample, batch[pair + 3] as PreferenceSample]
      return { chosen: sum(logProbs[pair], w), rejected: sum(logProbs[pair + 3], l), refChosen: sum(w.refLogProbs, w), refRejected: sum(l.refLogProbs, l) }
    })
    expect(loss).toBeCloseTo(preferenceLoss(pairs, settings), 5)
    const metrics = preferenceMetrics(batch, logProbs, settings.beta)
    expect(metrics['rewardMargin']).toBeCloseTo((metrics['rewardChosen'] ?? NaN) - (metrics['rewardRejected'] ?? NaN), 6)
  })
})
