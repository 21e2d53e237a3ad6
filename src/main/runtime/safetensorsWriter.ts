import { open } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import { SightlineError } from '#shared/domain/errors.ts'
import { DTYPE_BYTES, encodeHeader } from './safetensorsHeader.ts'
import type { Dtype, TensorInfo } from './safetensorsHeader.ts'

/** A tensor about to be written. */
export interface PlannedTensor {
  readonly name: string
  readonly dtype: Dtype
  readonly shape: readonly number[]
}

/**
 * Writes a safetensors file piece by piece, for tensors that do not fit in memory together. The header is known beforehand
 * and written first; `write` must then bring exactly its bytes, in its order. Synced by `finish`.
 */
export class SafetensorsWriter {
  readonly #path: string
  readonly #handle: FileHandle
  #left: number

  private constructor(path: string, handle: FileHandle, left: number) {
    this.#path = path
    this.#handle = handle
    this.#left = left
  }

  static async create(path: string, planned: readonly PlannedTensor[]): Promise<SafetensorsWriter> {
    const infos = new Map<string, TensorInfo>()
    let begin = 0
    for (const { name, dtype, shape } of planned) {
      const end = begin + tensorBytes({ dtype, shape })
      infos.set(name, { dtype, shape, begin, end })
      begin = end
    }
    const writer = new SafetensorsWriter(path, await open(path, 'w'), begin)
    const header = encodeHeader(infos, { format: 'pt' })
    writer.#left += header.length
    await writer.write(header)
    return writer
  }

  async write(bytes: Uint8Array): Promise<void> {
    this.#left -= bytes.length
    try {
      for (let done = 0; done < bytes.length;) done += (await this.#handle.write(bytes, done, Math.min(1 << 30, bytes.length - done))).bytesWritten
    } catch (cause) {
      if (!(cause instanceof Error && 'code' in cause && cause.code === 'ENOSPC')) throw cause
      throw new SightlineError('disk_full', 'The disk is full', { where: this.#path, advice: 'Free some space and import again', cause })
    }
  }

  /** Ends a whole file. */
  async finish(): Promise<void> {
    if (this.#left !== 0) throw new RangeError(`${this.#path}: ${this.#left} bytes differ from what the header says`)
    await this.#handle.sync()
    await this.#handle.close()
  }

  /** Gives up; the file is the caller's to remove. */
  async abandon(): Promise<void> {
    await this.#handle.close()
  }
}

export function tensorBytes({ dtype, shape }: Pick<PlannedTensor, 'dtype' | 'shape'>): number {
  return shape.reduce((product, side) => product * side, DTYPE_BYTES[dtype])
}
