import { beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { graphicsDrivers, runOn } from './driver.ts'

const Numbers = z.array(z.number())
const Run = z.object({ losses: Numbers, gradNorms: Numbers, ids: z.array(z.array(z.int())), held: z.object({ first: z.int(), last: z.int(), left: z.int() }) })
const Adapters = z.object({ losses: Numbers, resumed: Numbers, logProbs: z.array(Numbers), left: z.int() })
const Turns = z.object({ ids: z.array(z.array(z.int())), logProbs: Numbers, entropies: Numbers, freed: z.int(), left: z.int() })
const Output = z.object({
  results: z.array(z.object({ family: z.string(), cpu: Run, webgpu: Run })), lora: z.object({ cpu: Adapters, webgpu: Adapters }),
  writing: z.array(z.object({ cpu: Turns, webgpu: Turns })), wrongAt: z.array(z.int())
})

const Parity = z.object({ results: z.array(z.object({ folder: z.string(), quantity: z.string(), passed: z.boolean(), detail: z.string() })), left: z.int() })

describe.each(graphicsDrivers())('WebGPU on $name', (driver) => {
  let output: z.infer<typeof Output>
  beforeAll(async () => {
    output = Output.parse(await runOn(driver, 'equality.ts'))
  }, 900_000)

  it('trains 50 steps with the same losses as the CPU', () => {
    expect(output.results.map(({ family }) => family)).toEqual(['qwen2_5_vl', 'qwen2_vl'])
    for (const { cpu, webgpu } of output.results) {
      expect(cpu.losses).toHaveLength(50)
      expect(cpu.losses.at(-1)).toBeLessThan(cpu.losses[0] ?? 0)
      expectClose(webgpu.losses, cpu.losses, 1e-4)
      cpu.gradNorms.forEach((norm, step) => expect(Math.abs(norm - (webgpu.gradNorms[step] ?? Number.NaN)), `step ${step}`).toBeLessThan(1e-3 * norm))
    }
  })

  it('keeps weights and moments there through the steps, and gives all of it back', () => {
    for (const { cpu, webgpu } of output.results) {
      expect(webgpu.held.first).toBeGreaterThan(0)
      expect(webgpu.held).toEqual({ first: webgpu.held.first, last: webgpu.held.first, left: 0 })
      expect(cpu.held).toEqual({ first: 0, last: 0, left: 0 })
    }
  })

  it('writes the same greedy ids', () => {
    for (const { cpu, webgpu } of output.results) {
      expect(new Set(cpu.ids.flat()).size).toBeGreaterThan(2)
      expect(webgpu.ids).toEqual(cpu.ids)
    }
  })

  it('trains adapters with the same losses, merges them into the same model, and resumes to the last digit', () => {
    const { cpu, webgpu } = output.lora
    expect(cpu.losses.at(-1)).toBeLessThan(cpu.losses[0] ?? 0)
    expectClose(webgpu.losses, cpu.losses, 1e-4)
    expect(webgpu.resumed).toEqual(webgpu.losses.slice(-webgpu.resumed.length))
    cpu.logProbs.forEach((row, i) => expectClose(webgpu.logProbs[i] ?? [], row, 1e-4))
    expect(webgpu.left).toBe(0)
  })

  it('draws the same ids with keys and values there, and tables in parts, over turns, forks and sequences that leave, and gives them back', () => {
    expect(output.writing).toHaveLength(3)
    expect(output.writing[0]?.cpu.ids.map(({ length }) => length)).toContain(37)
    for (const { cpu, webgpu } of output.writing) {
      expect(new Set(cpu.ids.flat()).size).toBeGreaterThan(4)
      expect(webgpu.ids).toEqual(cpu.ids)
      expectClose(webgpu.logProbs, cpu.logProbs, 1e-4)
      expectClose(webgpu.entropies, cpu.entropies, 1e-4)
      expect(webgpu.freed).toBeGreaterThan(0)
      expect([cpu.freed, webgpu.left]).toEqual([0, 0])
    }
  })

  it('meets the reference values of both families', async () => {
    const { results, left } = Parity.parse(await runOn(driver, 'parity.ts'))
    expect(results.filter(({ passed }) => !passed)).toEqual([])
    const greedy = results.filter(({ quantity }) => quantity === 'greedy_ids')
    expect(greedy.map(({ folder }) => folder)).toEqual(['qwen2_5_vl/untied', 'qwen2_vl/left'])
    expect(results.filter(({ quantity }) => quantity.startsWith('grad/')).length).toBeGreaterThan(60)
    expect(left).toBe(0)
  }, 600_000)

  it('is asked whether its fused attention is right', () => {
    // Wrong at 40 query rows, right at 20, with onnxruntime 1.30 on SwiftShader; when that changes, decision 14 has to.
    if (driver.name === 'SwiftShader') expect(output.wrongAt).toEqual([40])
    else expect([20, 40]).toEqual(expect.arrayContaining(output.wrongAt))
  })
})

function expectClose(found: readonly number[], expected: readonly number[], within: number): void {
  expect(found).toHaveLength(expected.length)
  expected.forEach((value, i) => expect(Math.abs(value - (found[i] ?? Number.NaN)), `number ${i}`).toBeLessThan(within))
}
