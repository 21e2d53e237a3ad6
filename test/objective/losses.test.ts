import { describe, expect, it } from 'vitest'
import { tokenWeights } from '#main/objective/aggregate.ts'
import { k3, policyLoss } from '#main/objective/policyLoss.ts'
import { supervisedLoss } from '#main/objective/sft.ts'

const SETTINGS = { clipLow: 0.2, clipHigh: 0.3, klBeta: 0 }
const single = (logProb: number, advantage: number, extra = {}): number =>
  policyLoss({ logProbs: [logProb], oldLogProbs: [0], refLogProbs: [0], advantages: [advantage], weights: [1] }, { ...SETTINGS, ...extra })

describe('losses', () => {
  it('supervised: the weighted mean of -log p', () => {
    expect(supervisedLoss([-1, -2, -5], [1, 2, 0], 3)).toBeCloseTo(5 / 3, 12)
  })

  it('policy: the ratio is clipped where clipping lowers the gain', () => {
    expect(single(Math.log(1.1), 2)).toBeCloseTo(-2.2, 12)
    expect(single(Math.log(2), 2)).toBeCloseTo(-2.6, 12)
    expect(single(Math.log(0.5), 2)).toBeCloseTo(-1, 12)
    expect(single(Math.log(0.5), -2)).toBeCloseTo(1.6, 12)
    expect(single(Math.log(2), -2)).toBeCloseTo(4, 12)
  })

  it('policy: dual clip bounds the loss of a likely bad token', () => {
    expect(single(Math.log(10), -1)).toBeCloseTo(10, 12)
    expect(single(Math.log(10), -1, { dualClip: 3 })).toBeCloseTo(3, 12)
    expect(single(Math.log(10), 1, { dualClip: 3 })).toBeCloseTo(-1.3, 12)
  })

  it('policy: k3 is zero at the reference, positive elsewhere, and enters with beta', () => {
    expect(k3(-0.7, -0.7)).toBe(0)
    expect(k3(-0.2, -1)).toBeGreaterThan(0)
    expect(k3(-1, -0.2)).toBeGreaterThan(0)
    expect(single(Math.log(1.1), 2, { klBeta: 0.5 })).toBeCloseTo(-2.2 + 0.5 * k3(Math.log(1.1), 0), 12)
  })

  it('aggregates as the papers do', () => {
    expect(tokenWeights([2, 4, 0], 'sequenceMean', 10)).toEqual([1 / 6, 1 / 12, 0])
    expect(tokenWeights([2, 4, 0], 'tokenMean', 10)).toEqual([1 / 6, 1 / 6, 1 / 6])
    expect(tokenWeights([2, 4], 'constantLength', 10)).toEqual([1 / 20, 1 / 20])
  })
})
