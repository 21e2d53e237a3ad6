import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { graphicsDrivers, runOn } from './driver.ts'

const Step = z.object({ loss: z.number(), held: z.int(), gradients: z.record(z.string(), z.array(z.number())) })
const Results = z.array(z.object({ name: z.string(), cpu: Step, webgpu: Step, left: z.int() }))

describe.each(graphicsDrivers())('block by block on $name', (driver) => {
  it('adapters get the losses and gradients of the CPU from every form of frozen weights', async () => {
    const results = Results.parse(await runOn(driver, 'blocks.ts'))
    expect(results.map(({ webgpu }) => webgpu.held > 0)).toEqual([false, true])
    for (const { name, cpu, webgpu, left } of results) {
      expect(Math.abs(cpu.loss - webgpu.loss), name).toBeLessThan(1e-4)
      expect(left, name).toBe(0)
      const scale = Math.max(...Object.values(cpu.gradients).flat().map(Math.abs))
      expect(scale, name).toBeGreaterThan(0.1)
      expect(Object.keys(webgpu.gradients), name).toEqual(Object.keys(cpu.gradients))
      for (const [tensor, values] of Object.entries(cpu.gradients)) {
        values.forEach((value, i) => expect(Math.abs(value - (webgpu.gradients[tensor]?.[i] ?? Number.NaN)), `${name}: ${tensor}`).toBeLessThan(1e-4 * scale))
      }
    }
  }, 300_000)
})
