import { open, rename, rm, stat } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import { dirname } from 'node:path'
import { SightlineError } from '#shared/domain/errors.ts'
import { bfloat16ToFloat, floatToHalf, halfToFloat } from './halfFloat.ts'
import { DTYPE_BYTES, encodeHeader, headerLength, parseHeader } from './safetensorsHeader.ts'
import type { Dtype, SafetensorsHeader, TensorInfo } from './safetensorsHeader.ts'

/** A tensor as float32, row-major. */
export interface FloatTensor {
  readonly shape: readonly number[]
  readonly data: Float32Array
}

/** Tensors that can be read one by one; nothing is in memory until asked for. */
export interface TensorReader {
  readonly names: readonly string[]
  /** Type and shape of a tensor; throws `bad_checkpoint` when there is none of that name. */
  info(name: string): { readonly dtype: string; readonly shape: readonly number[] }
  /** Values as float32 (F64, F32, F16, BF16). */
  read(name: string): Promise<Float32Array>
  close(): Promise<void>
}

/** An open safetensors file with a checked header. */
export class SafetensorsFile implements TensorReader {
  readonly path: string
  readonly names: readonly string[]
  readonly metadata: Readonly<Record<string, string>>
  /** Where the data begin in the file, for readers of their own (ONNX external data). */
  readonly dataOffset: number
  readonly #handle: FileHandle
  readonly #tensors: SafetensorsHeader['tensors']

  constructor(path: string, handle: FileHandle, header: SafetensorsHeader, dataOffset: number) {
    this.path = path
    this.names = [...header.tensors.keys()]
    this.metadata = header.metadata
    this.dataOffset = dataOffset
    this.#handle = handle
    this.#tensors = header.tensors
  }

  info(name: string): TensorInfo {
    const info = this.#tensors.get(name)
    if (!info) throw new SightlineError('bad_checkpoint', `There is no tensor ${name}`, { where: this.path, advice: 'Check that the checkpoint is complete' })
    return info
  }

  async read(name: string): Promise<Float32Array> {
    const { dtype } = this.info(name)
    const buffer = await this.#bytes(name)
    switch (dtype) {
      case 'F32': return new Float32Array(buffer)
      case 'F16': return halfToFloat(new Uint16Array(buffer))
      case 'BF16': return bfloat16ToFloat(new Uint16Array(buffer))
      case 'F64': return Float32Array.from(new Float64Array(buffer))
      default: throw wrongType(name, dtype, 'numbers with a fraction', this.path)
    }
  }

  /** Values of an integer or boolean tensor; throws `bad_checkpoint` when one does not fit 32 bits. */
  async readIntegers(name: string): Promise<Int32Array> {
    const { dtype } = this.info(name)
    const buffer = await this.#bytes(name)
    switch (dtype) {
      case 'I64': return Int32Array.from(new BigInt64Array(buffer), (value) => {
        if (BigInt.asIntN(32, value) !== value) throw new SightlineError('bad_checkpoint', `${name} holds ${value}, beyond 32 bits`, { where: this.path })
        return Number(value)
      })
      case 'I32': return new Int32Array(buffer)
      case 'I16': return Int32Array.from(new Int16Array(buffer))
      case 'I8': return Int32Array.from(new Int8Array(buffer))
      case 'U8': case 'BOOL': return Int32Array.from(new Uint8Array(buffer))
      default: throw wrongType(name, dtype, 'whole numbers', this.path)
    }
  }

  /** Bytes `from` to `to` of a tensor as stored (default: all), for copying without decoding. */
  async readBytes(name: string, from = 0, to = Infinity): Promise<Uint8Array<ArrayBuffer>> {
    const { begin, end } = this.info(name)
    const bytes = new Uint8Array(Math.max(0, Math.min(end - begin, to) - from))
    await readFully(this.#handle, bytes, this.dataOffset + begin + from, this.path)
    return bytes
  }

  async close(): Promise<void> {
    await this.#handle.close()
  }

  async #bytes(name: string): Promise<ArrayBuffer> {
    return (await this.readBytes(name)).buffer
  }
}

/** Opens a safetensors file and checks its whole header. Throws `not_found` or `bad_checkpoint`. */
export async function openSafetensors(path: string): Promise<SafetensorsFile> {
  const handle = await openFile(path)
  try {
    const { size } = await handle.stat()
    const first = new Uint8Array(Math.min(8, size))
    await readFully(handle, first, 0, path)
    const length = headerLength(first, size, path)
    const json = new Uint8Array(length)
    await readFully(handle, json, 8, path)
    return new SafetensorsFile(path, handle, parseHeader(json, size - 8 - length, path), 8 + length)
  } catch (error) {
    await handle.close()
    throw error
  }
}

/** All tensors of a file as float32, by name. */
export async function readSafetensors(path: string): Promise<Map<string, FloatTensor & { dtype: Dtype }>> {
  const file = await openSafetensors(path)
  try {
    const tensors = new Map<string, FloatTensor & { dtype: Dtype }>()
    for (const name of file.names) {
      const { dtype, shape } = file.info(name)
      tensors.set(name, { dtype, shape, data: await file.read(name) })
    }
    return tensors
  } finally {
    await file.close()
  }
}

export interface WriteSafetensorsOptions {
  readonly dtype: 'F32' | 'F16'
  /** `format: pt` is always added: transformers refuses files without it. */
  readonly metadata?: Readonly<Record<string, string>>
}

/** Values that did not fit half precision and were stored as the largest half, by tensor. */
export type OverflowReport = ReadonlyMap<string, number>

/**
 * Writes tensors in the given order: to a temporary file beside `path`, synced, then renamed, so that `path` is never half
 * a file. Returns what overflowed in F16. Throws `bad_input` when data and shape disagree, `disk_full`.
 */
export async function writeSafetensors(
  path: string, tensors: ReadonlyMap<string, FloatTensor>, { dtype, metadata = {} }: WriteSafetensorsOptions
): Promise<OverflowReport> {
  const header = encodeHeader(placed(tensors, dtype), { format: 'pt', ...metadata })
  const overflow = new Map<string, number>()
  const temporary = `${path}.${process.pid}.partial`
  try {
    const handle = await open(temporary, 'w')
    try {
      await writeFully(handle, header)
      for (const [name, { data }] of tensors) {
        if (dtype === 'F32') await writeFully(handle, new Uint8Array(data.buffer, data.byteOffset, data.byteLength))
        else {
          const { patterns, overflowed } = floatToHalf(data)
          if (overflowed > 0) overflow.set(name, overflowed)
          await writeFully(handle, new Uint8Array(patterns.buffer))
        }
      }
      await handle.sync()
    } finally {
      await handle.close()
    }
    await rename(temporary, path)
    await syncFolder(dirname(path))
  } catch (cause) {
    await rm(temporary, { force: true })
    if (hasCode(cause, 'ENOSPC')) throw new SightlineError('disk_full', 'The disk is full', { where: path, advice: 'Free some space and save again', cause })
    throw cause
  }
  return overflow
}

function placed(tensors: ReadonlyMap<string, FloatTensor>, dtype: 'F32' | 'F16'): Map<string, TensorInfo> {
  const infos = new Map<string, TensorInfo>()
  let begin = 0
  for (const [name, { shape, data }] of tensors) {
    if (name === '__metadata__') throw new SightlineError('bad_input', 'A tensor cannot be called __metadata__')
    const size = shape.reduce((product, side) => product * side, 1)
    if (size !== data.length) throw new SightlineError('bad_input', `${name} of shape [${shape.join(', ')}] has ${data.length} values`)
    const end = begin + size * DTYPE_BYTES[dtype]
    infos.set(name, { dtype, shape, begin, end })
    begin = end
  }
  return infos
}

async function openFile(path: string): Promise<FileHandle> {
  try {
    // Asked first: opening a pipe waits for its writer.
    if (!(await stat(path)).isFile()) throw new SightlineError('bad_checkpoint', 'Not a file', { where: path, advice: 'Fetch the folder again' })
    return await open(path, 'r')
  } catch (cause) {
    if (hasCode(cause, 'ENOENT')) throw new SightlineError('not_found', 'There is no such file', { where: path, cause })
    throw cause
  }
}

/** Node reads and writes at most 2 GiB at a time. */
const PIECE = 1 << 30

async function readFully(handle: FileHandle, bytes: Uint8Array, position: number, where: string): Promise<void> {
  for (let done = 0; done < bytes.length;) {
    const { bytesRead } = await handle.read(bytes, done, Math.min(PIECE, bytes.length - done), position + done)
    if (bytesRead === 0) throw new SightlineError('bad_checkpoint', 'The file became shorter while it was read', { where })
    done += bytesRead
  }
}

async function writeFully(handle: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let done = 0; done < bytes.length;) {
    const { bytesWritten } = await handle.write(bytes, done, Math.min(PIECE, bytes.length - done))
    done += bytesWritten
  }
}

/** Makes a rename last; systems that cannot sync a folder (Windows) order it themselves. */
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code
}

function wrongType(name: string, dtype: Dtype, wanted: string, where: string): SightlineError {
  return new SightlineError('unsupported', `${name} is stored as ${dtype}, not as ${wanted}`, { where })
}
