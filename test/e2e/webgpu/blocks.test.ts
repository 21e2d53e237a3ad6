import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { graphicsDrivers, runOn } from './driver.ts'

const Reply = z.object({ ids: z.array(z.int()), logProbs: z.array(z.number()) })
const Step = z.object({ loss: z.number(), held: z.int(), heldWriting: z.int(), written: z.array(Reply), gradients: z.record(z.string(), z.array(z.number())) })
const Results = z.object({ results: z.array(z.object({ name: z.string(), cpu: Step, webgpu: Step, left: z.int() })), writing: z.int(), packed: z.int() })

describe.each(graphicsDrivers())('block by block on $name', (driver) => {
  it('adapters get the losses and gradients of the CPU from every form of frozen weights, and what is in 4 bits writes the same', async () => {
    const { results, writing, packed } = Results.parse(await runOn(driver, 'blocks.ts'))
    const inFourBits = results[1]?.webgpu
    // Learning and writing read the same matrices.
    expect(packed).toBeGreaterThan(0)
    expect(inFourBits?.heldWriting).toBe((inFourBits?.held ?? NaN) + writing - packed)
    expect(results.map(({ webgpu }) => webgpu.held > 0)).toEqual([false, true])
    for (const { name, cpu, webgpu, left } of results) {
      expect(Math.abs(cpu.loss - webgpu.loss), name).toBeLessThan(1e-4)
      expect(left, name).toBe(0)
      expect(cpu.written, name).toHaveLength(name.startsWith('4 bits') ? 2 : 0)
      expect(webgpu.written.map(({ ids }) => ids), name).toEqual(cpu.written.map(({ ids }) => ids))
      cpu.written.forEach(({ logProbs }, i) => { logProbs.forEach((value, at) => { expect(webgpu.written[i]?.logProbs[at], name).toBeCloseTo(value, 4) }) })
      const scale = Math.max(...Object.values(cpu.gradients).flat().map(Math.abs))
      expect(scale, name).toBeGreaterThan(0.1)
      expect(Object.keys(webgpu.gradients), name).toEqual(Object.keys(cpu.gradients))
      for (const [tensor, values] of Object.entries(cpu.gradients)) {
        values.forEach((value, i) => expect(Math.abs(value - (webgpu.gradients[tensor]?.[i] ?? Number.NaN)), `${name}: ${tensor}`).toBeLessThan(1e-4 * scale))
      }
    }
  }, 300_000)
})
