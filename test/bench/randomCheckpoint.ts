import type { VisionLanguageConfig } from '#main/model/config.ts'
import { parametersOf } from '#main/model/families/parameters.ts'
import { floatToHalf } from '#main/runtime/halfFloat.ts'
import { QUANTIZED_PARTS } from '#main/runtime/quantizedFiles.ts'
import { type PlannedTensor, SafetensorsWriter, tensorBytes } from '#main/runtime/safetensorsWriter.ts'
import { elementCount } from '#main/runtime/tensor.ts'
import { Random } from '#shared/domain/random.ts'

/** Long enough to be out of step with any row. */
const PATTERN = 8191

export interface RandomWeights {
  /** The linear layers of the decoder in 4 bits, as an import leaves them. */
  readonly quantized?: boolean
  /** Which tensors are written. */
  readonly wanted?: (name: string) => boolean
}

/** Writes random float16 weights of a model's shapes, one tensor in memory at a time. */
export async function writeRandomWeights(path: string, config: VisionLanguageConfig, { quantized = false, wanted = () => true }: RandomWeights = {}): Promise<void> {
  const random = Random.seeded(1)
  const normal = Float32Array.from({ length: PATTERN }, () => random.normal())
  const bytes = Uint8Array.from({ length: PATTERN }, () => random.integer(0, 255))
  const parameters = parametersOf(config).filter(({ name }) => wanted(name))
  const inBlocks = ({ name, shape }: { name: string; shape: readonly number[] }): boolean => quantized && name.startsWith('model.layers.') && shape.length === 2
  const writer = await SafetensorsWriter.create(path, parameters.flatMap((parameter) => (inBlocks(parameter) ? partsOf(parameter) : [{ ...parameter, dtype: 'F16' as const }])))
  for (const parameter of parameters) {
    const { name, shape } = parameter
    const norm = /(norm\w*|ln_q)\.weight$/.test(name)
    const deviation = shape.length > 1 ? 0.3 / Math.sqrt(elementCount(shape.slice(1))) : 0
    const halves = (values: Float32Array): Uint8Array => new Uint8Array(floatToHalf(values).patterns.buffer)
    if (!inBlocks(parameter)) {
      await writer.write(repeated(halves(normal.map((value) => (norm ? 1 : deviation * value))), 2 * elementCount(shape)))
      continue
    }
    const [packed, scales, zeroPoints] = partsOf(parameter).map(tensorBytes)
    await writer.write(repeated(bytes, packed ?? 0))
    await writer.write(repeated(halves(normal.map(() => deviation / 4.6)), scales ?? 0))
    await writer.write(repeated(Uint8Array.of(0x77), zeroPoints ?? 0))
  }
  await writer.finish()
}

function partsOf({ name, shape: [out = 0, width = 0] }: { name: string; shape: readonly number[] }): PlannedTensor[] {
  return [
    { name: name + QUANTIZED_PARTS.packed, dtype: 'U8', shape: [out, width / 32, 16] },
    { name: name + QUANTIZED_PARTS.scales, dtype: 'F16', shape: [out, width / 32] },
    { name: name + QUANTIZED_PARTS.zeroPoints, dtype: 'U8', shape: [out, width / 64] }
  ]
}

function repeated(pattern: Uint8Array, length: number): Uint8Array {
  const all = new Uint8Array(length)
  for (let at = 0; at < length; at += pattern.length) all.set(pattern.subarray(0, Math.min(pattern.length, length - at)), at)
  return all
}
