/** One LoRA step block by block, and what the model then writes, on the CPU and on the device, in each form that frozen weights have; prints both. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Random } from '#shared/domain/random.ts'
import { importCheckpoint } from '#main/model/importCheckpoint.ts'
import { DEFAULT_LORA, newAdapter } from '#main/model/lora.ts'
import { Policy } from '#main/model/policy.ts'
import type { ModelSettings } from '#main/model/visionLanguageModel.ts'
import { liveDeviceBytes } from '#main/runtime/deviceTensor.ts'
import { QuantizedTensor } from '#main/runtime/quantizedTensor.ts'
import { readSafetensors } from '#main/runtime/safetensors.ts'
import { Trainer } from '#main/train/step.ts'
import { widerPolicy } from '../../engine/tinyProject.ts'
import { randomImage, randomSample } from '../../model/tiny.ts'
import { answer } from './driver.ts'

const folder = await mkdtemp(join(tmpdir(), 'sightline-device-blocks-'))
const wider = await widerPolicy()
const { config } = wider
await wider.save(join(folder, 'half'), { dtype: 'F16' })
const quiet = { onProgress: () => undefined, stop: new AbortController().signal }
const imported = await importCheckpoint(join(folder, 'half'), folder, 'quantized', quiet, { quantize: true, threads: 1 })

interface Step {
  readonly loss: number
  readonly gradients: Record<string, number[]>
  /** Bytes on the device after the step, and after writing. */
  readonly held: number
  readonly heldWriting: number
  readonly written: readonly { readonly ids: readonly number[]; readonly logProbs: readonly number[] }[]
}

/** Loss and every adapter's gradient of one step, and replies after it. */
async function step(path: string, vision: boolean, settings: ModelSettings): Promise<Step> {
  const policy = await Policy.open(path, { threads: 1, blockwise: true, ...settings })
  // With beta1 = 0 and no clip the first moments are the gradients.
  const trainer = new Trainer(policy, { trainable: { lora: { ...DEFAULT_LORA, rank: 4, vision } }, objective: { kind: 'sft' }, seed: 3, beta1: 0, clipNorm: 1e9 })
  const noise = Random.seeded(11)
  for (const { data } of policy.adapter?.tensors.values() ?? []) for (let i = 0; i < data.length; i++) data[i] = 0.1 * noise.normal()
  const { loss } = await trainer.step(samples, { learningRate: 1e-3 })
  const held = liveDeviceBytes()
  // Buffers as small as the first case's hold no matrix that an adapter could be added to.
  const written = settings.largestBuffer === undefined ? await replies(policy) : []
  const heldWriting = liveDeviceBytes()
  await trainer.saveState(join(folder, 'state'))
  await policy.close()
  const state = await readSafetensors(join(folder, 'state/trainer.safetensors'))
  return { loss, held, heldWriting, written, gradients: Object.fromEntries([...state].filter(([name]) => name.startsWith('m/')).map(([name, { data }]) => [name.slice(2), [...data]])) }
}

async function replies(policy: Policy, prompts = samples): Promise<Step['written']> {
  const decoder = policy.decoder()
  const open = prompts.map((prompt, seed) => ({ ...prompt, sequence: decoder.open(), seed, maxNewTokens: 8 }))
  await decoder.extend(open)
  const written = await decoder.generate(open, { temperature: 0, topK: 0, topP: 1, bannedIds: new Set(), stopIds: new Set() })
  for (const { sequence } of open) decoder.close(sequence)
  return written
}

const random = Random.seeded(5)
const words = { ...config, text: { ...config.text, vocabSize: 200 } }
const picture = randomImage(random, 2, 3, config)
const samples = [randomSample(random, [picture], 5, 12, 6, words), randomSample(random, [picture], 3, 20, 9, words)]
const cases = [
  { name: 'float16 that is brought there for each run, in small buffers', path: join(folder, 'half'), vision: true, settings: { residentBytes: 0, largestBuffer: 2 ** 14 } },
  { name: '4 bits that stay there', path: join(folder, imported.folder), vision: false, settings: {} }
]
const results = []
/** What writing alone holds, no pictures read, and how much of that is in 4 bits. */
const alone = await Policy.open(join(folder, imported.folder), { threads: 1, device: 'webgpu' })
alone.adapter = newAdapter(alone.config, { ...DEFAULT_LORA, rank: 4 }, Random.seeded(1))
await replies(alone, [randomSample(random, [], 5, 12, 6, words)])
const writing = liveDeviceBytes()
const packed = [...alone.weights.values()].reduce((sum, weight) => sum + (weight instanceof QuantizedTensor ? weight.parts.packed.data.byteLength + weight.parts.zeroPoints.data.byteLength : 0), 0)
await alone.close()
for (const { name, path, vision, settings } of cases) {
  results.push({ name, cpu: await step(path, vision, { ...settings, device: 'cpu' }), webgpu: await step(path, vision, { ...settings, device: 'webgpu' }), left: liveDeviceBytes() })
}
await rm(folder, { recursive: true })
answer({ results, writing, packed })
