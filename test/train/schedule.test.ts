import { describe, expect, it } from 'vitest'
import { SupervisedConfig } from '#shared/domain/trainingRun.ts'
import { learningRateAt } from '#main/train/schedule.ts'
import { trainableOf } from '#main/train/trainable.ts'

describe('the learning rate', () => {
  const settings = { learningRate: 2, warmupRatio: 0.2, minLearningRateRatio: 0.1 }
  const at = (schedule: 'cosine' | 'linear' | 'constant', step: number): number => learningRateAt(step, 10, { ...settings, schedule })

  it('rises in a line, then falls by its curve to the floor', () => {
    for (const schedule of ['cosine', 'linear', 'constant'] as const) expect([at(schedule, 0), at(schedule, 1), at(schedule, 2)]).toEqual([1, 2, 2])
    expect(at('linear', 6)).toBeCloseTo(2 * (0.1 + 0.9 * 0.5), 12)
    expect(at('cosine', 6)).toBeCloseTo(2 * (0.1 + 0.9 * 0.5), 12)
    expect(at('cosine', 4)).toBeCloseTo(2 * (0.1 + 0.45 * (1 + Math.SQRT1_2)), 12)
    expect([at('linear', 10), at('cosine', 10), at('constant', 10)]).toEqual([0.2, 0.2, 2])
    expect(learningRateAt(4, 10, settings)).toBe(at('cosine', 4))
  })
})

it('settings without a rank train weights, with one adapters', () => {
  expect(trainableOf(SupervisedConfig.parse({}))).toBe('text')
  expect(trainableOf(SupervisedConfig.parse({ trainVision: true }))).toBe('all')
  expect(trainableOf(SupervisedConfig.parse({ loraRank: 8, loraTargets: 'attention', loraDropout: 0.1, trainVision: true }))).toMatchObject({
    lora: { rank: 8, alpha: 32, vision: true, dropout: 0.1, targets: ['q_proj', 'k_proj', 'v_proj', 'o_proj', 'attn.qkv', 'attn.proj'] }
  })
  expect(() => SupervisedConfig.parse({ loraDropout: 0.6 })).toThrow(/0\.5/)
  expect(trainableOf(SupervisedConfig.parse({ loraRank: 8 }))).toMatchObject({ lora: { targets: 'all-linear', vision: false } })
})
