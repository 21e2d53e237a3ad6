import { rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { SightlineError } from '#shared/domain/errors.ts'
import { BLOCK_VALUES } from '#main/onnx/build/quantized.ts'
import { bfloat16ToHalf, type HalfLoss, measureHalves, noLoss } from '../runtime/bfloat16.ts'
import { bfloat16ToFloat, halfToFloat } from '../runtime/halfFloat.ts'
import { QUANTIZED_PARTS } from '../runtime/quantizedFiles.ts'
import { type PlannedTensor, SafetensorsWriter, tensorBytes } from '../runtime/safetensorsWriter.ts'
import type { WeightFiles } from '../runtime/weightFiles.ts'
import { type QuantizedMatrixData, quantizeMatrix } from './quantizeMatrix.ts'

/** What conversion did to one tensor; told only where it lost more than rounding. */
export interface ConvertedTensor extends HalfLoss {
  readonly name: string
  /** F32 where a value does not fit half precision. */
  readonly dtype: 'F16' | 'F32'
}

/** A matrix that was rounded to 4 bits. */
export interface QuantizedWeight {
  readonly name: string
  /** Root of the mean squared error over root of the mean square. */
  readonly relativeError: number
  readonly largestError: number
}

export interface ConversionReport {
  /** Tensors that were bfloat16 and are kept in 16 or 32 bits. */
  readonly converted: readonly ConvertedTensor[]
  readonly quantized: readonly QuantizedWeight[]
}

export interface ConversionControl {
  /** Bytes read so far of `total`; each source byte is read twice (measured, then converted). */
  onProgress(done: number, total: number): void
  /** Raised: the conversion ends between two pieces. */
  stop: AbortSignal
}

/** Values taken in hand at a time. */
const PIECE_BYTES = 1 << 25
/** Values of a matrix that are rounded to 4 bits at a time. */
const QUANTIZED_PIECE = 1 << 22
/** External data of the runtime and old file systems end here. */
const MAX_FILE_BYTES = 4 * 10 ** 9

/** One weight of the source and the tensors it becomes. */
interface Entry {
  readonly name: string
  readonly tensors: readonly PlannedTensor[]
}

/**
 * Writes the named tensors into `folder`, bfloat16 as float16 (as float32 where a value would overflow), others as they are, those in
 * `quantize` in 4 bits: one model.safetensors, or shards of at most 4 GB with their index. Needs a few ten megabytes whatever the size of
 * the model, and one matrix in 4 bits.
 * @throws SightlineError `cancelled` between pieces, `disk_full`
 */
export async function convertWeights(
  source: WeightFiles, names: readonly string[], folder: string, control: ConversionControl, quantize: ReadonlySet<string> = new Set()
): Promise<ConversionReport> {
  const total = names.reduce((sum, name) => sum + (quantize.has(name) ? 1 : 2) * bytesOf(source, name), 0)
  let done = 0
  const tick = (bytes: number): void => {
    if (control.stop.aborted) throw new SightlineError('cancelled', 'The import was stopped')
    control.onProgress((done += bytes), total)
  }
  const converted: ConvertedTensor[] = []
  const quantized: QuantizedWeight[] = []
  const entries: Entry[] = []
  for (const name of names) {
    const { dtype, shape } = source.info(name)
    if (dtype === 'INT4') throw new SightlineError('unsupported', `${name} is in 4 bits already`, { advice: 'Import the checkpoint as it is' })
    if (quantize.has(name)) entries.push({ name, tensors: quantizedTensors(name, shape) })
    else if (dtype !== 'BF16') {
      tick(bytesOf(source, name))
      entries.push({ name, tensors: [{ name, dtype, shape }] })
    } else {
      const loss = noLoss()
      for await (const piece of pieces(source, name, tick)) measureHalves(patternsOf(piece), loss)
      const stored = loss.overflowed > 0 ? 'F32' : 'F16'
      converted.push({ name, dtype: stored, ...loss })
      entries.push({ name, tensors: [{ name, dtype: stored, shape }] })
    }
  }
  const files = filesOf(entries)
  for (const [at, part] of files.entries()) await writeFilePart(source, join(folder, fileName(at, files.length)), part, tick, quantized)
  if (files.length > 1) await writeIndex(folder, files)
  return { converted, quantized }
}

async function writeFilePart(source: WeightFiles, path: string, entries: readonly Entry[], tick: (bytes: number) => void, quantized: QuantizedWeight[]): Promise<void> {
  const writer = await SafetensorsWriter.create(`${path}.part`, entries.flatMap(({ tensors }) => tensors))
  try {
    for (const { name, tensors } of entries) {
      if (tensors.length > 1) quantized.push(await writeQuantized(source, name, writer, tick))
      else await writePlain(source, name, tensors[0]?.dtype === 'F32', writer, tick)
    }
  } catch (error) {
    await writer.abandon()
    throw error
  }
  await writer.finish()
  await rename(`${path}.part`, path)
}

async function writePlain(source: WeightFiles, name: string, wide: boolean, writer: SafetensorsWriter, tick: (bytes: number) => void): Promise<void> {
  const stored = source.info(name).dtype
  for await (const piece of pieces(source, name, tick)) {
    if (stored !== 'BF16') await writer.write(piece)
    else await writer.write(bytesFrom(wide ? bfloat16ToFloat(patternsOf(piece)) : bfloat16ToHalf(patternsOf(piece))))
  }
}

/** Rounds a matrix some rows at a time and writes its parts one after another. */
async function writeQuantized(source: WeightFiles, name: string, writer: SafetensorsWriter, tick: (bytes: number) => void): Promise<QuantizedWeight> {
  const { dtype, shape: [out = 0, width = 0] } = source.info(name)
  const size = bytesOf(source, name) / out / width
  const rows = Math.max(1, Math.floor(QUANTIZED_PIECE / width))
  const made: QuantizedMatrixData[] = []
  for (let first = 0; first < out; first += rows) {
    const bytes = await source.readBytes(name, first * width * size, Math.min(out, first + rows) * width * size)
    made.push(quantizeMatrix(dtype === 'F32' ? new Float32Array(bytes.buffer) : (dtype === 'F16' ? halfToFloat : bfloat16ToFloat)(patternsOf(bytes))))
    tick(bytes.length)
  }
  for (const part of ['packed', 'scales', 'zeroPoints'] as const) for (const piece of made) await writer.write(bytesFrom(piece[part]))
  const sum = (of: 'errorSquares' | 'squares'): number => made.reduce((all, piece) => all + piece[of], 0)
  return { name, relativeError: Math.sqrt(sum('errorSquares') / (sum('squares') || 1)), largestError: Math.max(...made.map(({ largestError }) => largestError)) }
}

function quantizedTensors(name: string, [out = 0, width = 0]: readonly number[]): PlannedTensor[] {
  const blocks = width / BLOCK_VALUES
  return [
    { name: name + QUANTIZED_PARTS.packed, dtype: 'U8', shape: [out, blocks, BLOCK_VALUES / 2] },
    { name: name + QUANTIZED_PARTS.scales, dtype: 'F16', shape: [out, blocks] },
    { name: name + QUANTIZED_PARTS.zeroPoints, dtype: 'U8', shape: [out, blocks / 2] }
  ]
}

async function* pieces(source: WeightFiles, name: string, tick: (bytes: number) => void): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const size = bytesOf(source, name)
  for (let from = 0; from < size; from += PIECE_BYTES) {
    const piece = await source.readBytes(name, from, from + PIECE_BYTES)
    yield piece
    tick(piece.length)
  }
}

/** Consecutive tensors in files of at most 4 GB; a tensor above that has a file of its own. */
function filesOf(entries: readonly Entry[]): Entry[][] {
  const files: Entry[][] = [[]]
  let size = 0
  for (const entry of entries) {
    const bytes = entry.tensors.reduce((sum, tensor) => sum + tensorBytes(tensor), 0)
    if (size > 0 && size + bytes > MAX_FILE_BYTES) {
      files.push([])
      size = 0
    }
    files.at(-1)?.push(entry)
    size += bytes
  }
  return files
}

function fileName(at: number, count: number): string {
  const number = (value: number): string => String(value).padStart(5, '0')
  return count === 1 ? 'model.safetensors' : `model-${number(at + 1)}-of-${number(count)}.safetensors`
}

async function writeIndex(folder: string, files: readonly Entry[][]): Promise<void> {
  const shards = files.map((entries) => entries.flatMap(({ tensors }) => tensors))
  const total_size = shards.flat().reduce((sum, tensor) => sum + tensorBytes(tensor), 0)
  const weight_map = Object.fromEntries(shards.flatMap((tensors, at) => tensors.map(({ name }) => [name, fileName(at, files.length)])))
  await writeFile(join(folder, 'model.safetensors.index.json'), `${JSON.stringify({ metadata: { total_size }, weight_map }, null, 1)}\n`, { flush: true })
}

function bytesOf(source: WeightFiles, name: string): number {
  return source.info(name).bytes
}

function patternsOf(bytes: Uint8Array<ArrayBuffer>): Uint16Array {
  return new Uint16Array(bytes.buffer, bytes.byteOffset, bytes.length / 2)
}

function bytesFrom(values: Uint8Array | Uint16Array | Float32Array): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength)
}
