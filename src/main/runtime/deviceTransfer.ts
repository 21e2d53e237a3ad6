import { Graph } from '#main/onnx/graph.ts'
import type { DeviceTensor } from './deviceTensor.ts'
import { SessionCache } from './sessionCache.ts'
import type { HostTensor } from './tensor.ts'

/**
 * Data to the graphics device and back. A tensor that every run reads is brought there once:
 * `const w = await transfer.upload(host)`, then `w` is an input of any session on the device until `w.dispose()`.
 */
export class DeviceTransfer {
  readonly #sessions = new SessionCache({ device: 'webgpu' }, 16)

  /** A copy on the device. */
  async upload(tensor: HostTensor): Promise<DeviceTensor> {
    const { shape, dtype } = tensor
    const session = await this.#sessions.get(`up ${dtype} ${shape.length}`, () => copyGraph(tensor), { keep: ['y'] })
    return (await session.runKeeping(new Map([['x', tensor]]))).get('y') as DeviceTensor
  }

  /** A copy in host memory; the tensor stays on the device. */
  async download(tensor: DeviceTensor): Promise<HostTensor> {
    const session = await this.#sessions.get(`down ${tensor.dtype} ${tensor.shape.length}`, () => copyGraph(tensor))
    return (await session.run(new Map([['x', tensor]]))).get('y') as HostTensor
  }

  async close(): Promise<void> {
    await this.#sessions.close()
  }
}

/** One copy graph serves all shapes of as many dimensions. */
function copyGraph({ dtype, shape }: { readonly dtype: HostTensor['dtype']; readonly shape: readonly number[] }): Graph {
  const graph = new Graph()
  const x = graph.input('x', shape.map((_, axis) => `D${axis}`), dtype)
  graph.output('y', graph.one('Identity', [x]))
  return graph
}
