import { SightlineError } from '#shared/domain/errors.ts'
import { LARGEST_TABLE, partName, partRows } from '#main/onnx/splitTables.ts'
import type { DeviceCopies } from '../runtime/deviceCopies.ts'
import type { DeviceTensor } from '../runtime/deviceTensor.ts'
import { floats, type HostTensor } from '../runtime/tensor.ts'
import { widened } from '../runtime/widened.ts'

/**
 * A model's tensors on the graphics device by name. What is as the host has it may be shared with other models; what is in training is
 * the model's own, changed in place by the optimizer, and newer than the host's until `download`.
 */
export class DeviceWeights {
  readonly #copies: DeviceCopies
  readonly #leased = new Map<string, { readonly host: HostTensor; readonly tensor: DeviceTensor }>()
  readonly #own = new Map<string, DeviceTensor>()
  readonly #largestTable: number
  readonly #cut = new WeakMap<HostTensor, readonly (readonly [string, HostTensor])[]>()
  #reads = false

  constructor(copies: DeviceCopies, largestTable = LARGEST_TABLE) {
    this.#copies = copies
    this.#largestTable = largestTable
  }

  /** The given tensors on the device: those in training as they are there, the others as the host has them. */
  async all(hosts: ReadonlyMap<string, HostTensor>): Promise<Map<string, DeviceTensor>> {
    this.#join()
    const found = new Map<string, DeviceTensor>()
    for (const [name, host] of hosts) {
      const own = this.#own.get(name)
      if (own) found.set(name, own)
      else for (const [part, rows] of this.#parts(name, host)) found.set(part, await this.#lease(part, rows))
    }
    return found
  }

  /** Makes tensors the model's own, to be changed in place, starting from the host's values. */
  async take(hosts: ReadonlyMap<string, HostTensor>): Promise<void> {
    this.#join()
    for (const [name, host] of hosts) {
      if (this.#own.has(name)) continue
      if (partRows(host.shape, this.#largestTable).length > 1) {
        throw new SightlineError('unsupported', `${name} is larger than a buffer of the device`, { advice: 'Train adapters instead of the weights, or run on the CPU' })
      }
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

  /** What is in training (and wanted), brought to the host; it goes on being trained on the device. */
  async download(wanted: (name: string) => boolean = () => true): Promise<Map<string, HostTensor>> {
    const found = new Map<string, HostTensor>()
    for (const [name, tensor] of this.#own) if (wanted(name)) found.set(name, await this.#copies.transfer.download(tensor))
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

  /** A table as its parts, each a view of the host's rows; anything else as it is. */
  #parts(name: string, host: HostTensor): readonly (readonly [string, HostTensor])[] {
    const counts = partRows(host.shape, this.#largestTable)
    if (counts.length === 1) return [[name, host]]
    const known = this.#cut.get(host)
    if (known) return known
    const [{ data }, width] = [widened(host), host.shape[1] ?? 1]
    let from = 0
    const parts = counts.map((count, part): [string, HostTensor] => {
      const rows = floats([count, width], data.subarray(from, from + count * width))
      from += count * width
      return [partName(name, part), rows]
    })
    this.#cut.set(host, parts)
    return parts
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
