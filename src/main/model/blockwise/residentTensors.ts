import { SightlineError } from '#shared/domain/errors.ts'
import { cast } from '#main/onnx/build/elementwise.ts'
import { Graph } from '#main/onnx/graph.ts'
import type { AnyTensor, DeviceTensor } from '../../runtime/deviceTensor.ts'
import { DeviceTransfer } from '../../runtime/deviceTransfer.ts'
import { Session } from '../../runtime/session.ts'
import { floats, type HostTensor } from '../../runtime/tensor.ts'
import { widened } from '../../runtime/widened.ts'

/** Frozen tensors on the graphics device as they are stored, brought there at first use and up to so many bytes. */
export class ResidentTensors {
  readonly #most: number
  readonly #transfer = new DeviceTransfer()
  readonly #held = new Map<HostTensor, DeviceTensor>()
  #bytes = 0
  #halves: Promise<boolean> | null = null

  constructor(mostBytes: number) {
    this.#most = mostBytes
  }

  /** The tensor there, or for this run alone what `read` brings into host memory. Float16 becomes float32 where the device has none. */
  async of(tensor: HostTensor, read: () => HostTensor): Promise<AnyTensor> {
    const known = this.#held.get(tensor)
    if (known) return known
    const fed = await this.fed(read())
    if (this.#bytes + fed.data.byteLength > this.#most) return fed
    const resident = await this.#transfer.upload(fed)
    this.#held.set(tensor, resident)
    this.#bytes += resident.bytes
    return resident
  }

  /** The tensor in a type that the device has. */
  async fed(tensor: HostTensor): Promise<HostTensor> {
    if (tensor.dtype !== 'f16') return tensor
    this.#halves ??= hasHalves()
    return await this.#halves ? tensor : widened(tensor)
  }

  /** Gives all memory back. */
  async close(): Promise<void> {
    for (const tensor of this.#held.values()) tensor.dispose()
    this.#held.clear()
    this.#bytes = 0
    await this.#transfer.close()
  }
}

/** Whether the device widens float16: software adapters do not. */
async function hasHalves(): Promise<boolean> {
  const graph = new Graph()
  graph.output('y', cast(cast(graph.input('x', [2]), 'f16'), 'f32'))
  const session = await Session.open(graph, { device: 'webgpu' })
  try {
    const { data } = (await session.run(new Map([['x', floats([2], Float32Array.of(0.5, -3))]]))).get('y') as HostTensor
    return data[0] === 0.5 && data[1] === -3
  } catch (error) {
    if (error instanceof SightlineError && error.code === 'device') return false
    throw error
  } finally {
    await session.close()
  }
}
