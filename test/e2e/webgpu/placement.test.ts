import { expect, it } from 'vitest'
import { z } from 'zod'
import { graphicsDrivers, runOn } from './driver.ts'

const Output = z.object({
  refusals: z.object({ apply: z.string(), norm: z.string(), sum: z.string(), counting: z.string() }), sessions: z.int(), onDevice: z.int(), onCpu: z.array(z.string())
})

it.each(graphicsDrivers())('no kernel on real numbers leaves the device of $name in training, scoring and writing', async (driver) => {
  const { refusals, sessions, onDevice, onCpu } = Output.parse(await runOn(driver, 'placement.ts'))
  // The optimizer's graphs hold nothing but real numbers: the runtime itself takes them with its way back to the CPU barred.
  expect(refusals).toEqual({ apply: '', norm: '', sum: '', counting: expect.stringContaining('assigned to the default CPU EP') as string })
  expect(onCpu).toEqual([])
  expect(sessions).toBeGreaterThan(20)
  expect(onDevice).toBeGreaterThan(5000)
}, 600_000)
