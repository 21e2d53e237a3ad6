import type { DeviceTensor } from './deviceTensor.ts'
import { DeviceTransfer } from './deviceTransfer.ts'
import type { HostTensor } from './tensor.ts'
import { widened } from './widened.ts'

interface Copy {
  readonly tensor: Promise<DeviceTensor>
  leases: number
}

/**
 * Tensors of the host on the device, floats as float32: each is brought there once, however many models of the process read it (a policy and
 * its reference share the weights that are not trained), and given back by the last of them.
 */
export class DeviceCopies {
  readonly transfer = new DeviceTransfer()
  readonly #copies = new Map<HostTensor, Copy>()
  #users = 0

  /** A copy to read; `release` it once for each lease. */
  async lease(host: HostTensor): Promise<DeviceTensor> {
    const known = this.#copies.get(host)
    const copy = known ?? { tensor: this.transfer.upload(onDevice(host)), leases: 0 }
    copy.leases++
    this.#copies.set(host, copy)
    return await copy.tensor
  }

  async release(host: HostTensor): Promise<void> {
    const copy = this.#copies.get(host)
    if (!copy || --copy.leases > 0) return
    this.#copies.delete(host)
    ;(await copy.tensor).dispose()
  }

  /** A copy of one's own to change, in place of a lease where there is one; the only reader's copy itself, without another upload. */
  async own(host: HostTensor, leased: boolean): Promise<DeviceTensor> {
    const copy = this.#copies.get(host)
    if (leased && copy?.leases === 1) {
      this.#copies.delete(host)
      return await copy.tensor
    }
    if (leased) await this.release(host)
    return await this.transfer.upload(onDevice(host))
  }

  /** One more model reads from here. */
  join(): void {
    this.#users++
  }

  /** A model reads no more from here; the last one closes the transfer. */
  async leave(): Promise<void> {
    if (--this.#users === 0) await this.transfer.close()
  }
}

function onDevice(host: HostTensor): HostTensor {
  return host.dtype === 'u8' ? host : widened(host)
}
