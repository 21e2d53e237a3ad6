import { describe, expect, it } from 'vitest'
import { mcNemarExact } from '#main/evaluate/mcnemar.ts'

describe('mcNemarExact', () => {
  it('is the binomial test on the changed items', () => {
    // 2 P(X <= 1), X ~ Binomial(6, 1/2): 2 (1 + 6) / 64; 2 P(X <= 5), X ~ Binomial(20, 1/2): 2 * 21700 / 2^20.
    expect(mcNemarExact(1, 5)).toBeCloseTo(14 / 64, 12)
    expect(mcNemarExact(15, 5)).toBeCloseTo(43400 / 2 ** 20, 12)
    expect(mcNemarExact(0, 10)).toBeCloseTo(2 / 1024, 12)
  })

  it('says nothing where nothing changed or as much either way', () => {
    for (const [lost, won] of [[0, 0], [1, 0], [3, 3], [500, 500]] as const) expect(mcNemarExact(lost, won)).toBe(1)
  })

  it('does not care which way is which, and holds for many items', () => {
    expect(mcNemarExact(3, 17)).toBe(mcNemarExact(17, 3))
    // The normal approximation with continuity correction: z = (|b - c| - 1) / sqrt(b + c) = 3.99, p = 6.6e-5.
    expect(mcNemarExact(5200, 4800)).toBeGreaterThan(6e-5)
    expect(mcNemarExact(5200, 4800)).toBeLessThan(8e-5)
    expect(mcNemarExact(0, 3000)).toBeLessThan(1e-300)
  })

  it('refuses what is no count', () => {
    expect(() => mcNemarExact(-1, 2)).toThrow(RangeError)
    expect(() => mcNemarExact(1.5, 2)).toThrow(RangeError)
  })
})
