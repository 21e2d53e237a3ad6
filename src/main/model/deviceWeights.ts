import { SightlineError } from '#shared/domain/errors.ts'
import type { DeviceCopies } from '../runtime/deviceCopies.ts'
import type { DeviceTensor } from '../runtime/deviceTensor.ts'
import type { HostTensor } from '../runtime/tensor.ts'

/**
 * A model's tensors on the graphics device by name. What is as the host has it may be shared with other models; what is in training is
 * the model's own, changed in place by the optimizer, and newer than the host's until `download`.
 */
export class DeviceWeights {
  readonly #copies: DeviceCopies
  readonly #leased = new Map<string, { readonly host: HostTensor; readonly tensor: DeviceTensor }>()
  readonly #own = new Map<string, DeviceTensor>()
  #reads = false

  constructor(copies: DeviceCopies) {
    this.#copies = copies
  }

  /** The given tensors on the device: those in training as they are there, the others as the host has them. */
  async all(hosts: ReadonlyMap<string, HostTensor>): Promise<Map<string, DeviceTensor>> {
    this.#join()
    const found = new Map<string, DeviceTensor>()
    for (const [name, host] of hosts) found.set(name, this.#own.get(name) ?? await this.#lease(name, host))
    return found
  }

  /** Makes tensors the model's own, to be changed in place, starting from the host's values. */
  async take(hosts: ReadonlyMap<string, HostTensor>): Promise<void> {
    this.#join()
    for (const [name, host] of hosts) {
      if (this.#own.has(name)) continue
      const leased = this.#leased.get(name)?.host
      if (leased && leased !== host) await this.#copies.release(leased)
      this.#leased.delete(name)
      this.#own.set(name, await this.#copies.own(host, leased === host))
    }
  }

  /** A tensor in training. Throws `bad_graph` when it is not: the model was closed. */
  own(name: string): DeviceTensor {
    const found = this.#own.get(name)
    if (!found) throw new SightlineError('bad_graph', `${name} is no longer on the device: the model was closed while it was trained`)
    return found
  }

  /** What is in training, brought to the host; it goes on being trained on the device. */
  async download(): Promise<Map<string, HostTensor>> {
    const found = new Map<string, HostTensor>()
    for (const [name, tensor] of this.#own) found.set(name, await this.#copies.transfer.download(tensor))
    return found
  }

  /** Forgets what is in training: from now on the host's values count. */
  drop(): void {
    for (const tensor of this.#own.values()) tensor.dispose()
    this.#own.clear()
  }

  /** Gives all memory back; the next use takes it again. */
  async close(): Promise<void> {
    this.drop()
    for (const { host } of this.#leased.values()) await this.#copies.release(host)
    this.#leased.clear()
    if (this.#reads) await this.#copies.leave()
    this.#reads = false
  }

  #join(): void {
    if (!this.#reads) this.#copies.join()
    this.#reads = true
  }

  async #lease(name: string, host: HostTensor): Promise<DeviceTensor> {
    const before = this.#leased.get(name)
    if (before?.host === host) return before.tensor
    const tensor = await this.#copies.lease(host)
    this.#leased.set(name, { host, tensor })
    if (before) await this.#copies.release(before.host)
    return tensor
  }
}
