import { SightlineError } from '#shared/domain/errors.ts'
import { cast } from '#main/onnx/build/elementwise.ts'
import { Graph } from '#main/onnx/graph.ts'
import { DeviceCopies } from '../../runtime/deviceCopies.ts'
import type { AnyTensor, DeviceTensor } from '../../runtime/deviceTensor.ts'
import { Session } from '../../runtime/session.ts'
import { floats, type HostTensor } from '../../runtime/tensor.ts'
import { widened } from '../../runtime/widened.ts'

/**
 * Frozen tensors on the graphics device as they are stored, brought there at first use and up to so many bytes. Matrices in 4 bits are
 * shared with whatever else reads them there: a model writes from the same ones.
 */
export class ResidentTensors {
  readonly #most: number
  readonly #copies: DeviceCopies
  readonly #held = new Map<HostTensor, DeviceTensor>()
  #bytes = 0
  #halves: Promise<boolean> | null = null
  #reads = false

  constructor(mostBytes: number, copies = new DeviceCopies()) {
    this.#most = mostBytes
    this.#copies = copies
  }

  /** The tensor there, or for this run alone what `read` brings into host memory. Float16 becomes float32 where the device has none. */
  async of(tensor: HostTensor, read: () => HostTensor): Promise<AnyTensor> {
    const known = this.#held.get(tensor)
    if (known) return known
    const fed = await this.fed(read())
    if (this.#bytes + fed.data.byteLength > this.#most) return fed
    if (!this.#reads) this.#copies.join()
    this.#reads = true
    const resident = isShared(tensor) ? await this.#copies.lease(tensor) : await this.#copies.transfer.upload(fed)
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
    for (const [host, tensor] of this.#held) {
      if (isShared(host)) await this.#copies.release(host)
      else tensor.dispose()
    }
    this.#held.clear()
    this.#bytes = 0
    if (this.#reads) await this.#copies.leave()
    this.#reads = false
  }
}

function isShared(host: HostTensor): boolean {
  return host.dtype === 'u8'
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
