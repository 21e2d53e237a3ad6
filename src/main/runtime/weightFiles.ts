import { createHash } from 'node:crypto'
import { createReadStream, existsSync } from 'node:fs'
import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { SightlineError } from '#shared/domain/errors.ts'
import { openSafetensors } from './safetensors.ts'
import { StoredTensor } from './storedTensor.ts'
import type { SafetensorsFile, TensorReader } from './safetensors.ts'
import type { TensorInfo } from './safetensorsHeader.ts'

const WEIGHTS = 'model.safetensors'
const INDEX = 'model.safetensors.index.json'
const MAX_INDEX_BYTES = 32 * 1024 * 1024

const ShardName = z.string().regex(/^[\w.-]+\.safetensors$/u, 'a shard must be a .safetensors file of the same folder')
const Index = z.looseObject({ weight_map: z.record(z.string(), ShardName) })

/** Names since transformers 4.52 that some savers leave in files, and what the hub calls them. */
const PREFIXES: readonly (readonly [string, string])[] = [['model.visual.', 'visual.'], ['model.language_model.', 'model.']]

interface Place {
  readonly file: SafetensorsFile
  readonly stored: string
}

/** The weights of a checkpoint folder, in one file or in shards, by their hub names. */
export class WeightFiles implements TensorReader {
  readonly files: readonly SafetensorsFile[]
  readonly names: readonly string[]
  /** Number of weights in all tensors. */
  readonly parameters: number
  readonly #places: ReadonlyMap<string, Place>

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
    this.names = [...places.keys()]
    this.#places = places
    this.parameters = this.names.reduce((sum, name) => sum + this.info(name).shape.reduce((product, side) => product * side, 1), 0)
  }

  info(name: string): TensorInfo {
    const { file, stored } = this.#place(name)
    return file.info(stored)
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

  /** A float16 or float32 tensor left in its file; null for other types. It needs neither this object nor its open files. */
  stored(name: string): StoredTensor | null {
    const { file, stored } = this.#place(name)
    const { dtype, shape, begin } = file.info(stored)
    if (dtype !== 'F16' && dtype !== 'F32') return null
    return new StoredTensor(file.path, file.dataOffset + begin, dtype === 'F16' ? 'f16' : 'f32', shape)
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
