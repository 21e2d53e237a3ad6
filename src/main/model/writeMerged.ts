import { floatToHalf } from '../runtime/halfFloat.ts'
import { QuantizedTensor } from '../runtime/quantizedTensor.ts'
import { SafetensorsWriter } from '../runtime/safetensorsWriter.ts'
import type { SessionCache } from '../runtime/sessionCache.ts'
import type { HostTensor } from '../runtime/tensor.ts'
import { type LoraAdapter, mergeWeight } from './lora.ts'

/**
 * Writes weights with their adapter's share as a safetensors file, one tensor in memory at a time, each in the type it is held in; a matrix
 * in 4 bits as float16, since its levels do not hold the sum. What does not fit float16 becomes its largest value.
 */
export async function writeMerged(path: string, weights: ReadonlyMap<string, HostTensor>, adapter: LoraAdapter | null, sessions: SessionCache): Promise<void> {
  const planned = [...weights].map(([name, weight]) => ({ name, shape: weight.shape, dtype: isHalf(weight) ? 'F16' as const : 'F32' as const }))
  const writer = await SafetensorsWriter.create(path, planned)
  try {
    for (const [name, weight] of weights) {
      const { buffer, byteOffset, byteLength } = await merged(name, weight, adapter, sessions)
      await writer.write(new Uint8Array(buffer, byteOffset, byteLength))
    }
  } catch (error) {
    await writer.abandon()
    throw error
  }
  await writer.finish()
}

async function merged(name: string, weight: HostTensor, adapter: LoraAdapter | null, sessions: SessionCache): Promise<HostTensor['data']> {
  const adapted = adapter?.scales.has(name.replace(/\.weight$/u, '')) ?? false
  if (!adapted && !(weight instanceof QuantizedTensor)) return weight.data
  const { data } = await mergeWeight(name, weight, adapter, sessions)
  return isHalf(weight) ? floatToHalf(data).patterns : data
}

function isHalf(weight: HostTensor): boolean {
  return weight.dtype === 'f16' || weight instanceof QuantizedTensor
}
