import { describe, expect, it } from 'vitest'
import { gumbelRow } from '#main/model/gumbel.ts'

function rows(seed: number, positions: number, count: number): Float32Array[] {
  return Array.from({ length: positions }, (_, position) => {
    const row = new Float32Array(count)
    gumbelRow(seed, position, row, 0, count)
    return row
  })
}

function correlation(a: ArrayLike<number>, b: ArrayLike<number>): number {
  const mean = (x: ArrayLike<number>): number => Array.from(x).reduce((sum, value) => sum + value, 0) / x.length
  const [p, q] = [mean(a), mean(b)]
  let [xy, xx, yy] = [0, 0, 0]
  for (let i = 0; i < a.length; i++) {
    const [x, y] = [(a[i] as number) - p, (b[i] as number) - q]
    xy += x * y
    xx += x * x
    yy += y * y
  }
  return xy / Math.sqrt(xx * yy)
}

describe('gumbelRow', () => {
  it('has the distribution function exp(-exp(-x)), tails included', () => {
    const values = rows(7, 400, 1000).flatMap((row) => [...row]).sort((a, b) => a - b)
    for (const share of [0.0001, 0.01, 0.1, 0.5, 0.9, 0.99, 0.9999]) {
      const at = values[Math.floor(share * values.length)] as number
      const deviation = Math.sqrt((share * (1 - share)) / values.length)
      expect(Math.abs(Math.exp(-Math.exp(-at)) - share)).toBeLessThan(4 * deviation)
    }
  })

  it('is unrelated between neighbouring ids, places and seeds', () => {
    const all = rows(3, 100, 500).flatMap((row) => [...row])
    const bound = 4 / Math.sqrt(all.length)
    expect(Math.abs(correlation(all.slice(1), all.slice(0, -1)))).toBeLessThan(bound)
    expect(Math.abs(correlation(all.slice(500), all.slice(0, -500)))).toBeLessThan(bound)
    expect(Math.abs(correlation(all, rows(4, 100, 500).flatMap((row) => [...row])))).toBeLessThan(bound)
  })

  it('depends on seed, place and id alone', () => {
    const short = new Float32Array(6)
    gumbelRow(3, 2, short, 2, 4)
    expect([...short]).toEqual([0, 0, ...(rows(3, 3, 500)[2] as Float32Array).slice(0, 4)])
  })
})
