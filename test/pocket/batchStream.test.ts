import { describe, expect, it } from 'vitest'
import { BatchStream } from '../../scripts/pocket/batchStream.ts'

const sampleAt = (index: number) => ({
  ids: new Int32Array(20 + ((index * 37) % 50)), loss: new Float32Array(0), images: [], index
})

const stream = () => new BatchStream(sampleAt, { size: 4, seed: 3 })

describe('the batches of a training by step', () => {
  it('are the same wherever a resumed run begins', () => {
    const whole = stream()
    const batches = Array.from({ length: 20 }, (_, step) => whole.at(step).map(({ index }) => index))
    const resumed = stream()
    expect(resumed.at(13).map(({ index }) => index)).toEqual(batches[13])
    expect(resumed.at(5).map(({ index }) => index)).toEqual(batches[5])
  })

  it('hold every sample of a window once', () => {
    const whole = stream()
    const indices = Array.from({ length: 8 }, (_, step) => whole.at(step).map(({ index }) => index)).flat()
    expect(indices.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 32 }, (_, i) => i))
  })

  it('put samples of like length together', () => {
    const lengths = stream().at(2).map(({ ids }) => ids.length)
    expect(Math.max(...lengths) - Math.min(...lengths)).toBeLessThan(15)
  })
})
