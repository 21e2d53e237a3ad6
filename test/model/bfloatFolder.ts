import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Policy } from '#main/model/policy.ts'
import { type PlannedTensor, SafetensorsWriter } from '#main/runtime/safetensorsWriter.ts'

/** The upper half of each float: how a bfloat16 checkpoint stores it. */
export function patterns(values: Float32Array): Uint16Array<ArrayBuffer> {
  return Uint16Array.from(new Uint32Array(values.buffer, values.byteOffset, values.length), (bits) => bits >>> 16)
}

/** Writes a policy as the released models lie on the disk, in two bfloat16 shards with an index, its weights after `change`; returns these. */
export async function bfloatFolder(policy: Policy, folder: string, change: (tensors: Map<string, Float32Array>) => void = () => undefined): Promise<Map<string, Float32Array>> {
  await policy.save(folder)
  const tensors = new Map([...policy.weights].map(([name, { data }]) => [name, data as Float32Array]))
  change(tensors)
  const names = [...tensors.keys()]
  const shards = [names.slice(0, 10), names.slice(10)]
  for (const [i, shard] of shards.entries()) {
    const planned = shard.map((name): PlannedTensor => ({ name, dtype: 'BF16', shape: policy.weights.get(name)?.shape ?? [] }))
    const writer = await SafetensorsWriter.create(join(folder, `model-0000${i + 1}-of-00002.safetensors`), planned)
    for (const name of shard) await writer.write(new Uint8Array(patterns(tensors.get(name) as Float32Array).buffer))
    await writer.finish()
  }
  const weight_map = Object.fromEntries(shards.flatMap((shard, i) => shard.map((name) => [name, `model-0000${i + 1}-of-00002.safetensors`])))
  await writeFile(join(folder, 'model.safetensors.index.json'), JSON.stringify({ weight_map }))
  await rm(join(folder, 'model.safetensors'))
  return tensors
}
