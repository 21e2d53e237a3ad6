/** Loaded before an engine: the graphics device is lost at its n-th run after training began, as the runtime tells it. */
import { InferenceSession } from 'onnxruntime-node'

const nth = Number(process.env['DEVICE_FAULT'] ?? 0)
interface Runs {
  readonly outputNames: readonly string[]
  run(...args: unknown[]): Promise<unknown>
}

const { prototype } = InferenceSession as unknown as { prototype: Runs }
const { run } = prototype
let steps = 0

prototype.run = function lost(this: Runs, ...args) {
  if (this.outputNames.includes('gradNorm') && ++steps === nth) return Promise.reject(new Error('WebGPU device lost (1): A valid external Instance reference no longer exists.'))
  return run.apply(this, args)
}
