import { z } from 'zod'
import { SightlineError } from '#shared/domain/errors.ts'

/** Bytes of one element of each stored type. */
export const DTYPE_BYTES = {
  F64: 8, F32: 4, F16: 2, BF16: 2, I64: 8, I32: 4, I16: 2, I8: 1, U64: 8, U32: 4, U16: 2, U8: 1, BOOL: 1, F8_E4M3: 1, F8_E5M2: 1
} as const
export type Dtype = keyof typeof DTYPE_BYTES

/** Where a tensor lies: `begin` and `end` in bytes from the start of the data (after the header). */
export interface TensorInfo {
  readonly dtype: Dtype
  readonly shape: readonly number[]
  readonly begin: number
  readonly end: number
}

export interface SafetensorsHeader {
  readonly tensors: ReadonlyMap<string, TensorInfo>
  readonly metadata: Readonly<Record<string, string>>
}

/** Longest header that is read; a 7B checkpoint has one of 0.1 MB. */
export const MAX_HEADER_BYTES = 32 * 1024 * 1024

/** Most tensors a file may list; a 7B checkpoint has about 730 in all. */
export const MAX_TENSORS = 65_536

const offset = z.int().nonnegative()
const Entry = z.strictObject({
  dtype: z.string(),
  shape: z.array(z.int().nonnegative()).max(16),
  data_offsets: z.tuple([offset, offset])
})
const Metadata = z.record(z.string(), z.string())

/**
 * Length of the JSON header from the file's first 8 bytes (little-endian u64). Throws `bad_checkpoint` when the file is too
 * short, or the header would not fit in it or is above 32 MB; nothing has been allocated by then.
 */
export function headerLength(first8: Uint8Array, fileBytes: number, where: string): number {
  if (fileBytes < 8 || first8.length < 8) throw broken('the file is shorter than its 8-byte length field', where)
  const length = new DataView(first8.buffer, first8.byteOffset, 8).getBigUint64(0, true)
  if (length > BigInt(MAX_HEADER_BYTES)) throw broken(`the header claims ${length} bytes, more than ${MAX_HEADER_BYTES}`, where)
  if (length > BigInt(fileBytes - 8)) throw broken(`the header claims ${length} bytes of a file of ${fileBytes}`, where)
  return Number(length)
}

/**
 * Checks and reads a header: valid JSON with no name twice, known types, offsets that follow each other without gap or
 * overlap from 0 to `dataBytes`, and as many bytes as type and shape say. Throws `bad_checkpoint` naming the tensor.
 */
export function parseHeader(json: Uint8Array, dataBytes: number, where: string): SafetensorsHeader {
  const entries = headerEntries(json, where)
  const tensors = new Map<string, TensorInfo>()
  let metadata: Record<string, string> = {}
  for (const [name, value] of entries) {
    if (name === '__metadata__') {
      const parsed = Metadata.safeParse(value)
      if (!parsed.success) throw broken('__metadata__ is not a map of texts', where)
      metadata = parsed.data
    } else tensors.set(name, tensorInfo(name, value, where))
  }
  checkCoverage(tensors, dataBytes, where)
  return { tensors, metadata }
}

/** The header bytes for tensors that follow each other in order, padded with spaces to a multiple of 8 with its length field. */
export function encodeHeader(tensors: ReadonlyMap<string, TensorInfo>, metadata: Readonly<Record<string, string>>): Uint8Array {
  const entries = [...tensors].map(([name, { dtype, shape, begin, end }]) => [name, { dtype, shape, data_offsets: [begin, end] }] as const)
  const json = new TextEncoder().encode(JSON.stringify(Object.fromEntries([['__metadata__', metadata], ...entries])))
  const padded = Math.ceil(json.length / 8) * 8
  const bytes = new Uint8Array(8 + padded).fill(0x20)
  new DataView(bytes.buffer).setBigUint64(0, BigInt(padded), true)
  bytes.set(json, 8)
  return bytes
}

function headerEntries(json: Uint8Array, where: string): [string, unknown][] {
  const text = decoded(json, where)
  const keys = topLevelKeys(text)
  if (keys > MAX_TENSORS) throw broken(`the header lists ${keys} tensors, more than ${MAX_TENSORS}`, where)
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (cause) {
    if (cause instanceof SyntaxError) throw broken('the header is not JSON in UTF-8', where)
    throw cause
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw broken('the header is not a JSON object', where)
  const entries = Object.entries(value)
  if (keys !== entries.length) throw broken('the header names a tensor twice', where)
  return entries
}

function decoded(json: Uint8Array, where: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(json)
  } catch (cause) {
    if (cause instanceof TypeError) throw broken('the header is not JSON in UTF-8', where)
    throw cause
  }
}

/** Keys of the outermost object as written, so that a repeated one counts (JSON.parse keeps only the last). */
function topLevelKeys(text: string): number {
  let depth = 0
  let keys = 0
  let quoted = false
  for (let i = 0; i < text.length; i++) {
    const char = text.charCodeAt(i)
    if (quoted) {
      if (char === 0x5c) i++
      else if (char === 0x22) quoted = false
    } else if (char === 0x22) quoted = true
    else if (char === 0x7b || char === 0x5b) depth++
    else if (char === 0x7d || char === 0x5d) depth--
    else if (char === 0x3a && depth === 1) keys++
  }
  return keys
}

function tensorInfo(name: string, value: unknown, where: string): TensorInfo {
  const parsed = Entry.safeParse(value)
  if (!parsed.success) throw broken(`tensor ${shown(name)}: ${parsed.error.issues[0]?.message ?? 'wrong form'}`, where)
  const { dtype, shape, data_offsets: [begin, end] } = parsed.data
  if (!isDtype(dtype)) throw broken(`tensor ${shown(name)} has the unknown type ${shown(dtype)}`, where)
  const size = shape.reduce((product, side) => product * side, DTYPE_BYTES[dtype])
  if (!Number.isSafeInteger(size) || end - begin !== size) {
    throw broken(`tensor ${shown(name)} of shape [${shape.join(', ')}] needs ${size} bytes, its offsets span ${end - begin}`, where)
  }
  return { dtype, shape, begin, end }
}

function isDtype(name: string): name is Dtype {
  return Object.hasOwn(DTYPE_BYTES, name)
}

function checkCoverage(tensors: ReadonlyMap<string, TensorInfo>, dataBytes: number, where: string): void {
  const ordered = [...tensors].sort(([, a], [, b]) => a.begin - b.begin || a.end - b.end)
  let reached = 0
  for (const [name, { begin, end }] of ordered) {
    if (begin !== reached) throw broken(`tensor ${shown(name)} ${begin < reached ? 'overlaps the one before' : 'leaves a gap before it'}`, where)
    reached = end
  }
  if (reached !== dataBytes) throw broken(`the tensors cover ${reached} bytes, the file holds ${dataBytes}`, where)
}

function shown(name: string): string {
  return JSON.stringify(name.length > 80 ? `${name.slice(0, 80)}...` : name)
}

function broken(message: string, where: string): SightlineError {
  return new SightlineError('bad_checkpoint', `Not a usable safetensors file: ${message}`, { where, advice: 'Fetch or save the file again' })
}
