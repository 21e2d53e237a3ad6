import { rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { SightlineError } from '#shared/domain/errors.ts'
import { bfloat16ToHalf, type HalfLoss, measureHalves, noLoss } from '../runtime/bfloat16.ts'
import { bfloat16ToFloat } from '../runtime/halfFloat.ts'
import { type PlannedTensor, SafetensorsWriter, tensorBytes } from '../runtime/safetensorsWriter.ts'
import type { WeightFiles } from '../runtime/weightFiles.ts'

/** What conversion did to one tensor; told only where it lost more than rounding. */
export interface ConvertedTensor extends HalfLoss {
  readonly name: string
  /** F32 where a value does not fit half precision. */
  readonly dtype: 'F16' | 'F32'
}

export interface ConversionReport {
  /** Tensors that were bfloat16. */
  readonly converted: readonly ConvertedTensor[]
}

export interface ConversionControl {
  /** Bytes read so far of `total`; each source byte is read twice (measured, then converted). */
  onProgress(done: number, total: number): void
  /** Raised: the conversion ends between two pieces. */
  stop: AbortSignal
}

/** Values taken in hand at a time. */
const PIECE_BYTES = 1 << 25
/** External data of the runtime and old file systems end here. */
const MAX_FILE_BYTES = 4 * 10 ** 9

/**
 * Writes the named tensors into `folder`, bfloat16 as float16 (as float32 where a value would overflow), others as they are: one
 * model.safetensors, or shards of at most 4 GB with their index. Needs a few ten megabytes whatever the size.
 * @throws SightlineError `cancelled` between pieces, `disk_full`
 */
export async function convertWeights(source: WeightFiles, names: readonly string[], folder: string, control: ConversionControl): Promise<ConversionReport> {
  const total = 2 * names.reduce((sum, name) => sum + bytesOf(source, name), 0)
  let done = 0
  const tick = (bytes: number): void => {
    if (control.stop.aborted) throw new SightlineError('cancelled', 'The import was stopped')
    control.onProgress((done += bytes), total)
  }
  const converted: ConvertedTensor[] = []
  const planned: PlannedTensor[] = []
  for (const name of names) {
    const { dtype, shape } = source.info(name)
    if (dtype !== 'BF16') {
      tick(bytesOf(source, name))
      planned.push({ name, dtype, shape })
      continue
    }
    const loss = noLoss()
    for await (const piece of pieces(source, name, tick)) measureHalves(patternsOf(piece), loss)
    const stored = loss.overflowed > 0 ? 'F32' : 'F16'
    converted.push({ name, dtype: stored, ...loss })
    planned.push({ name, dtype: stored, shape })
  }
  const files = filesOf(planned)
  for (const [at, tensors] of files.entries()) await writeFilePart(source, join(folder, fileName(at, files.length)), tensors, tick)
  if (files.length > 1) await writeIndex(folder, files)
  return { converted }
}

async function writeFilePart(source: WeightFiles, path: string, tensors: readonly PlannedTensor[], tick: (bytes: number) => void): Promise<void> {
  const writer = await SafetensorsWriter.create(`${path}.part`, tensors)
  try {
    for (const { name, dtype } of tensors) {
      const stored = source.info(name).dtype
      for await (const piece of pieces(source, name, tick)) {
        if (stored !== 'BF16') await writer.write(piece)
        else await writer.write(bytesFrom(dtype === 'F16' ? bfloat16ToHalf(patternsOf(piece)) : bfloat16ToFloat(patternsOf(piece))))
      }
    }
  } catch (error) {
    await writer.abandon()
    throw error
  }
  await writer.finish()
  await rename(`${path}.part`, path)
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
function filesOf(planned: readonly PlannedTensor[]): PlannedTensor[][] {
  const files: PlannedTensor[][] = [[]]
  let size = 0
  for (const tensor of planned) {
    const bytes = tensorBytes(tensor)
    if (size > 0 && size + bytes > MAX_FILE_BYTES) {
      files.push([])
      size = 0
    }
    files.at(-1)?.push(tensor)
    size += bytes
  }
  return files
}

function fileName(at: number, count: number): string {
  const number = (value: number): string => String(value).padStart(5, '0')
  return count === 1 ? 'model.safetensors' : `model-${number(at + 1)}-of-${number(count)}.safetensors`
}

async function writeIndex(folder: string, files: readonly PlannedTensor[][]): Promise<void> {
  const total_size = files.flat().reduce((sum, tensor) => sum + tensorBytes(tensor), 0)
  const weight_map = Object.fromEntries(files.flatMap((tensors, at) => tensors.map(({ name }) => [name, fileName(at, files.length)])))
  await writeFile(join(folder, 'model.safetensors.index.json'), `${JSON.stringify({ metadata: { total_size }, weight_map }, null, 1)}\n`, { flush: true })
}

function bytesOf(source: WeightFiles, name: string): number {
  const { begin, end } = source.info(name)
  return end - begin
}

function patternsOf(bytes: Uint8Array<ArrayBuffer>): Uint16Array {
  return new Uint16Array(bytes.buffer, bytes.byteOffset, bytes.length / 2)
}

function bytesFrom(values: Uint16Array | Float32Array): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength)
}
