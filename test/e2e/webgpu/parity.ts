/** The reference cases of both families on the device; prints what was compared. */
import { fileURLToPath } from 'node:url'
import { runParity } from '#main/cli/parity.ts'
import { liveDeviceBytes } from '#main/runtime/deviceTensor.ts'
import { answer } from './driver.ts'

const CASES = ['qwen2_5_vl/untied', 'qwen2_vl/left']
const results: { folder: string; quantity: string; passed: boolean; detail: string }[] = []
for (const name of CASES) {
  const folder = fileURLToPath(new URL(`../../fixtures/parity/${name}`, import.meta.url))
  await runParity(folder, { device: 'webgpu', threads: 1 }, ({ quantity, passed, maxAbsolute, detail }) => results.push({ folder: name, quantity, passed, detail: `${maxAbsolute} ${detail}` }))
}
answer({ results, left: liveDeviceBytes() })
