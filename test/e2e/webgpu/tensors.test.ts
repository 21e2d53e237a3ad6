import { describe, expect, it } from 'vitest'
import { graphicsDrivers, runOn } from './driver.ts'

describe.each(graphicsDrivers())('tensors on the device of $name', (driver) => {
  it('go there and back, through sessions, are changed in place and given back; misuse is refused in words', async () => {
    expect(await runOn(driver, 'tensors.ts')).toEqual({
      roundTrips: [
        { dtype: 'f32', shape: [2, 2], data: [1, -2.5, 3, 4], bytes: 16 },
        { dtype: 'f16', shape: [3], data: [0x3c00, 0x4000, 0xc200], bytes: 6 },
        { dtype: 'i64', shape: [2], data: [5, -6], bytes: 16 },
        { dtype: 'i32', shape: [1, 2], data: [7, -8], bytes: 8 },
        { dtype: 'bool', shape: [2], data: [0, 1], bytes: 2 }
      ],
      half: [1, 2],
      fromKept: [3, 5],
      // x = x / 2 + 1 three times from 8 and 16.
      inPlace: [2.75, 3.75],
      refused: {
        onCpu: 'input x is on the device, the graph on the CPU',
        intoOnCpu: 'only a session on the device that keeps nothing writes in place',
        intoKeeping: 'only a session on the device that keeps nothing writes in place',
        copyOfKept: 'output half stays on the device'
      },
      keptOnCpu: false,
      held: 16,
      afterDispose: 'a tensor [1, 2] on the device was used after it was given back',
      left: 0
    })
  })
})

it('is tested on SwiftShader at least where Vulkan is the interface', () => {
  expect(graphicsDrivers().map(({ name }) => name)).toContain(process.platform === 'linux' ? 'SwiftShader' : 'system')
})
