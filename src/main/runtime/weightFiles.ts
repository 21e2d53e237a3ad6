import { createHash } from 'node:crypto'
import { createReadStream, existsSync } from 'node:fs'
import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { SightlineError } from '#shared/domain/errors.ts'
import { type Place, quantizedPlaces, type QuantizedPlaces, quantizedShape } from './quantizedFiles.ts'
import { QuantizedTensor } from './quantizedTensor.ts'
import { openSafetensors, type SafetensorsFile, type TensorReader } from './safetensors.ts'
import type { Dtype } from './safetensorsHeader.ts'
import { StoredTensor } from './storedTensor.ts'
import type { HostTensor } from './tensor.ts'

const WEIGHTS = 'model.safetensors'
const INDEX = 'model.safetensors.index.json'
const MAX_INDEX_BYTES = 32 * 1024 * 1024

const ShardName = z.string().regex(/^[\w.-]+\.safetensors$/u, 'a shard must be a .safetensors file of the same folder')
const Index = z.looseObject({ weight_map: z.record(z.string(), ShardName) })

/** Names since transformers 4.52 that some savers leave in files, and what the hub calls them. */
const PREFIXES: readonly (readonly [string, string])[] = [['model.visual.', 'visual.'], ['model.language_model.', 'model.']]

export interface WeightInfo {
  /** INT4: a matrix in 4 bits with its scales and zero points. */
  readonly dtype: Dtype | 'INT4'
  readonly shape: readonly number[]
  /** On the disk. */
  readonly bytes: number
}

/** The weights of a checkpoint folder, in one file or in shards, by their hub names; a matrix in 4 bits goes by the name it has in floats. */
export class WeightFiles implements TensorReader {
  readonly files: readonly SafetensorsFile[]
  readonly names: readonly string[]
  /** Number of weights in all tensors. */
  readonly parameters: number
  readonly #places: ReadonlyMap<string, Place>
  readonly #quantized: ReadonlyMap<string, QuantizedPlaces>

  constructor(files: readonly SafetensorsFile[], where: string) {
    const places = new Map<string, Place>()
    for (const file of files) {
      for (const stored of file.names) {
        const name = hubName(stored)
        if (places.has(name)) throw new SightlineError('bad_checkpoint', `The weights hold ${name} twice`, { where })
        places.set(name, { file, stored })
      }
    }
    this.files = files
    this.#quantized = quantizedPlaces(places, where)
    this.#places = places
    this.names = [...places.keys(), ...this.#quantized.keys()]
    this.parameters = this.names.reduce((sum, name) => sum + this.info(name).shape.reduce((product, side) => product * side, 1), 0)
  }

  info(name: string): WeightInfo {
    const parts = this.#quantized.get(name)
    if (parts) return { dtype: 'INT4', shape: quantizedShape(parts), bytes: Object.values(parts).reduce((sum, { bytes }) => sum + bytes, 0) }
    const { file, stored } = this.#place(name)
    const { dtype, shape, begin, end } = file.info(stored)
    return { dtype, shape, bytes: end - begin }
  }

  async read(name: string): Promise<Float32Array> {
    const { file, stored } = this.#place(name)
    return await file.read(stored)
  }

  /** Bytes of a tensor as stored; see SafetensorsFile. */
  async readBytes(name: string, from?: number, to?: number): Promise<Uint8Array<ArrayBuffer>> {
    const { file, stored } = this.#place(name)
    return await file.readBytes(stored, from, to)
  }

  /** A tensor of floats (bfloat16 becomes float32), or a matrix in 4 bits, left in its file; null for other types. It needs neither this object nor its open files. */
  stored(name: string): HostTensor | null {
    const parts = this.#quantized.get(name)
    if (parts) {
      return new QuantizedTensor(quantizedShape(parts), {
        packed: storedAt(parts.packed, 'u8'), scales: storedAt(parts.scales, 'f16'), zeroPoints: storedAt(parts.zeroPoints, 'u8')
      })
    }
    const { file, stored } = this.#place(name)
    const { dtype } = file.info(stored)
    if (dtype !== 'F16' && dtype !== 'F32' && dtype !== 'BF16') return null
    return storedAt({ file, stored }, dtype === 'F16' ? 'f16' : 'f32')
  }

  /** Whether a matrix is held in 4 bits. */
  isQuantized(name: string): boolean {
    return this.#quantized.has(name)
  }

  async close(): Promise<void> {
    await Promise.all(this.files.map((file) => file.close()))
  }

  /** SHA-256 of the weights file; of several, of their hashes in order of name. Reads everything once. */
  async hash(): Promise<string> {
    const hashes: string[] = []
    for (const { path } of this.files) hashes.push(await fileHash(path))
    return hashes.length === 1 ? hashes[0] ?? '' : createHash('sha256').update(hashes.join('\n')).digest('hex')
  }

  #place(name: string): Place {
    const place = this.#places.get(name)
    if (!place) {
      throw new SightlineError('bad_checkpoint', `The weights have no tensor ${name}`, {
        where: this.files[0]?.path ?? WEIGHTS, advice: 'Check that the checkpoint is complete and belongs to its config.json'
      })
    }
    return place
  }
}

function storedAt<T extends 'f16' | 'f32' | 'u8'>({ file, stored }: Place, dtype: T): StoredTensor<T> {
  const { shape, begin, dtype: written } = file.info(stored)
  return new StoredTensor(file.path, file.dataOffset + begin, dtype, shape, written === 'BF16')
}

/**
 * Opens the weights of a folder: `model.safetensors`, or the shards `model.safetensors.index.json` lists. Only headers are
 * read. Throws `not_found`, or `bad_checkpoint` when a file is broken or the index and the shards disagree.
 */
export async function openWeights(folder: string): Promise<WeightFiles> {
  const index = join(folder, INDEX)
  if (!existsSync(index)) return new WeightFiles([await openSafetensors(join(folder, WEIGHTS))], folder)
  const map = await readIndex(index)
  const files: SafetensorsFile[] = []
  try {
    for (const name of [...new Set(Object.values(map))].sort()) files.push(await openSafetensors(join(folder, name)))
    for (const [tensor, shard] of Object.entries(map)) {
      const file = files.find(({ path }) => path === join(folder, shard))
      if (!file?.names.includes(tensor)) throw new SightlineError('bad_checkpoint', `${shard} has no tensor ${tensor}, as the index says`, { where: index })
    }
    return new WeightFiles(files, folder)
  } catch (error) {
    await Promise.all(files.map((file) => file.close()))
    throw error
  }
}

/** SHA-256 of a file, lower-case hex. */
export async function fileHash(path: string): Promise<string> {
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(path)) hash.update(chunk as Uint8Array)
  return hash.digest('hex')
}

async function readIndex(path: string): Promise<Record<string, string>> {
  const { size } = await stat(path)
  if (size > MAX_INDEX_BYTES) throw new SightlineError('bad_checkpoint', `The index is ${size} bytes long`, { where: path })
  let json: unknown
  try {
    json = JSON.parse(await readFile(path, 'utf8'))
  } catch (cause) {
    if (cause instanceof SyntaxError) throw new SightlineError('bad_checkpoint', `The index is not JSON: ${cause.message}`, { where: path, cause })
    throw cause
  }
  const parsed = Index.safeParse(json)
  if (!parsed.success) throw new SightlineError('bad_checkpoint', `Wrong index: ${parsed.error.issues[0]?.message ?? ''}`, { where: path })
  return parsed.data.weight_map
}

/** The name on the hub of a tensor as transformers 4.52 and later name it in memory (`model.visual.`, `model.language_model.`). */
export function hubName(stored: string): string {
  const prefix = PREFIXES.find(([from]) => stored.startsWith(from))
  return prefix ? prefix[1] + stored.slice(prefix[0].length) : stored
}
