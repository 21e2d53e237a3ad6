import type { Tensor } from 'onnxruntime-node'
import { SightlineError } from '#shared/domain/errors.ts'
import { elementCount, type HostTensor, type HostType } from './tensor.ts'

const ELEMENT_BYTES: Readonly<Record<HostType, number>> = { f32: 4, f16: 2, f64: 8, i32: 4, i64: 8, u8: 1, bool: 1 }

/** The runtime's tensors, out of reach of everything but the sessions: reading the data of one ends the process. */
const buffers = new WeakMap<DeviceTensor, Tensor>()
let live = 0

/**
 * A tensor in the memory of the graphics device. It has no data to look at: sessions on the device read it (`Session.run`), make it
 * (`SessionSettings.keep`) and write into it (`Session.runInto`); `DeviceTransfer` brings data there and back. Whoever made it disposes
 * of it; it may be read by any number of sessions until then.
 */
export class DeviceTensor {
  readonly dtype: HostType
  readonly shape: readonly number[]

  private constructor(dtype: HostType, shape: readonly number[]) {
    this.dtype = dtype
    this.shape = shape
  }

  /** For sessions: takes over a buffer the runtime made. */
  static of(buffer: Tensor, dtype: HostType): DeviceTensor {
    const made = new DeviceTensor(dtype, buffer.dims)
    buffers.set(made, buffer)
    live += made.bytes
    return made
  }

  get bytes(): number {
    return elementCount(this.shape) * ELEMENT_BYTES[this.dtype]
  }

  /** Gives the memory back. Once is enough, twice does no harm. */
  dispose(): void {
    const buffer = buffers.get(this)
    if (!buffer) return
    buffers.delete(this)
    live -= this.bytes
    buffer.dispose()
  }
}

/** Where a graph's inputs and outputs may be. */
export type AnyTensor = HostTensor | DeviceTensor

/** Bytes of all tensors of this process that are on the device and not disposed of. */
export function liveDeviceBytes(): number {
  return live
}

/** For sessions: the runtime's tensor. Throws `bad_graph` when it was disposed of. */
export function bufferOf(tensor: DeviceTensor): Tensor {
  const buffer = buffers.get(tensor)
  if (!buffer) throw new SightlineError('bad_graph', `a tensor [${tensor.shape.join(', ')}] on the device was used after it was given back`)
  return buffer
}

/** Gives tensors back that are on the device; those in host memory need nothing. */
export function disposeAll(tensors: Iterable<AnyTensor>): void {
  for (const tensor of tensors) if (tensor instanceof DeviceTensor) tensor.dispose()
}

/** A tensor that must be in host memory. Throws `bad_graph` when it is on the device. */
export function onHost(tensor: AnyTensor | undefined, name: string): HostTensor {
  if (tensor && !(tensor instanceof DeviceTensor)) return tensor
  throw new SightlineError('bad_graph', tensor ? `${name} is on the device` : `there is no tensor ${name}`)
}
