import type { VisionLanguageConfig } from '#main/model/config.ts'
import { parametersOf } from '#main/model/families/parameters.ts'
import { floatToHalf } from '#main/runtime/halfFloat.ts'
import { SafetensorsWriter } from '#main/runtime/safetensorsWriter.ts'
import { elementCount } from '#main/runtime/tensor.ts'
import { Random } from '#shared/domain/random.ts'

/** Long enough to be out of step with any row. */
const PATTERN = 8191

/** Writes random float16 weights of a model's shapes, those whose names `wanted` takes, one tensor in memory at a time. */
export async function writeRandomWeights(path: string, config: VisionLanguageConfig, wanted: (name: string) => boolean = () => true): Promise<void> {
  const random = Random.seeded(1)
  const normal = Float32Array.from({ length: PATTERN }, () => random.normal())
  const parameters = parametersOf(config).filter(({ name }) => wanted(name))
  const writer = await SafetensorsWriter.create(path, parameters.map(({ name, shape }) => ({ name, shape, dtype: 'F16' as const })))
  for (const { name, shape } of parameters) {
    const norm = /(norm\w*|ln_q)\.weight$/.test(name)
    const deviation = shape.length > 1 ? 0.3 / Math.sqrt(elementCount(shape.slice(1))) : 0
    const { patterns } = floatToHalf(normal.map((value) => (norm ? 1 : deviation * value)))
    const values = new Uint16Array(elementCount(shape))
    for (let at = 0; at < values.length; at += PATTERN) values.set(patterns.subarray(0, Math.min(PATTERN, values.length - at)), at)
    await writer.write(new Uint8Array(values.buffer))
  }
  await writer.finish()
}
