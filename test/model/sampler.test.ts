import { describe, expect, it } from 'vitest'
import { sampleToken, softmaxFacts, type SamplingRule } from '#main/model/sampler.ts'

const PLAIN: SamplingRule = { temperature: 1, topK: 0, topP: 1, bannedIds: new Set() }
const LOGITS = Float32Array.from([1, 3, 2, 0, -1])
const PROBABILITIES = Array.from(LOGITS, (x) => Math.exp(x)).map((mass, _, all) => mass / all.reduce((a, b) => a + b))

function frequencies(rule: SamplingRule, draws = 20000): number[] {
  const counts = new Array<number>(LOGITS.length).fill(0)
  for (let position = 0; position < draws; position++) {
    const { id } = sampleToken(LOGITS, rule, { seed: 11, position })
    counts[id] = (counts[id] ?? 0) + 1
  }
  return counts.map((count) => count / draws)
}

describe('sampler', () => {
  it('draws from the softmax', () => {
    frequencies(PLAIN).forEach((frequency, i) => expect(frequency).toBeCloseTo(PROBABILITIES[i] as number, 1.7))
  })

  it('flattens and sharpens by the temperature', () => {
    for (const temperature of [0.5, 2]) {
      const masses = Array.from(LOGITS, (x) => Math.exp(x / temperature))
      const total = masses.reduce((a, b) => a + b)
      frequencies({ ...PLAIN, temperature }).forEach((frequency, i) => expect(frequency).toBeCloseTo((masses[i] as number) / total, 1.7))
    }
  })

  it('never draws banned ids, and still reports the full softmax', () => {
    const rule = { ...PLAIN, bannedIds: new Set([1]) }
    const seen = frequencies(rule)
    expect(seen[1]).toBe(0)
    expect(seen[2]).toBeCloseTo((PROBABILITIES[2] as number) / (1 - (PROBABILITIES[1] as number)), 1.7)
    const { id, logProb } = sampleToken(LOGITS, rule, { seed: 1, position: 0 })
    expect(logProb).toBeCloseTo(Math.log(PROBABILITIES[id] as number), 6)
  })

  it('takes the likeliest allowed token at temperature 0', () => {
    expect(sampleToken(LOGITS, { ...PLAIN, temperature: 0 }, { seed: 1, position: 0 }).id).toBe(1)
    expect(sampleToken(LOGITS, { ...PLAIN, temperature: 0, bannedIds: new Set([1]) }, { seed: 1, position: 0 }).id).toBe(2)
  })

  it('keeps the top k, or the smallest set that reaches top p', () => {
    expect(frequencies({ ...PLAIN, topK: 2 }).map((f) => f > 0)).toEqual([false, true, true, false, false])
    expect(frequencies({ ...PLAIN, topP: 0.8 }).map((f) => f > 0)).toEqual([false, true, true, false, false])
    expect(frequencies({ ...PLAIN, topP: 0.01 }).map((f) => f > 0)).toEqual([false, true, false, false, false])
  })

  it('measures log-sum-exp and entropy without overflow', () => {
    const { logNorm, entropy } = softmaxFacts(Float32Array.from([1000, 1000]))
    expect(logNorm).toBeCloseTo(1000 + Math.log(2), 6)
    expect(entropy).toBeCloseTo(Math.log(2), 6)
    expect(softmaxFacts(LOGITS).entropy).toBeCloseTo(-PROBABILITIES.reduce((sum, p) => sum + p * Math.log(p), 0), 6)
  })
})
