import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import type { BlockInputs } from '#shared/domain/modelFacts.ts'
import { Random } from '#shared/domain/random.ts'
import type { VisionLanguageConfig } from '#main/model/config.ts'
import { initialWeights } from '#main/model/families/parameters.ts'
import { DEFAULT_LORA, type LoraSettings, newAdapter } from '#main/model/lora.ts'
import type { PolicySample, StepSample, TokenSample } from '#main/model/sequence.ts'
import { type ModelSettings, VisionLanguageModel } from '#main/model/visionLanguageModel.ts'
import { type FloatTensor, readSafetensors, writeSafetensors } from '#main/runtime/safetensors.ts'
import { StoredTensor } from '#main/runtime/storedTensor.ts'
import { floats, type HostTensor } from '#main/runtime/tensor.ts'
import { openWeights } from '#main/runtime/weightFiles.ts'
import type { Objective } from '#main/train/lossGraph.ts'
import { type StepResult, Trainer, type TrainerOptions } from '#main/train/step.ts'
import { randomImage, randomSample, TINY, TINY2, tinyModel } from './tiny.ts'

const LORA: LoraSettings = { ...DEFAULT_LORA, rank: 4, alpha: 8 }
const TOWER: VisionLanguageConfig['vision'] = { ...TINY.vision, depth: 4, fullAttentionBlocks: [1, 3] }
const folder = await mkdtemp(join(tmpdir(), 'sightline-blockwise-'))
afterAll(() => rm(folder, { recursive: true }))

const random = Random.seeded(7)
const shared = randomImage(random, 3, 5)
const samples: TokenSample[] = Array.from({ length: 5 }, (_, i) => randomSample(random, i % 3 === 0 ? [] : [shared, randomImage(random, 1 + i, 3)], 3 + 9 * i, 8, 2 + i))

const CASES: readonly { name: string; config: VisionLanguageConfig; lora: LoraSettings }[] = [
  { name: 'Qwen2-VL, adapters everywhere', config: TINY2, lora: { ...LORA, vision: true } },
  { name: 'Qwen2.5-VL with windows, adapters everywhere', config: { ...TINY, vision: TOWER }, lora: { ...LORA, vision: true } },
  { name: 'Qwen2.5-VL, adapters on the text, with dropout', config: TINY, lora: { ...LORA, dropout: 0.2 } },
  { name: 'Qwen2-VL, adapters on a later layer alone', config: TINY2, lora: { ...LORA, targets: ['layers.1.self_attn.q_proj', 'layers.1.mlp.down_proj'] } },
  { name: 'Qwen2.5-VL, adapters on a later block of the tower alone', config: { ...TINY, vision: TOWER }, lora: { ...LORA, vision: true, targets: ['blocks.2.attn.qkv'] } }
]

/** One step; the first moments of a step from zero with beta1 = 0 and no clip are the gradients. */
async function stepped(model: VisionLanguageModel, lora: LoraSettings, options: Partial<TrainerOptions>, of: readonly StepSample[] = samples): Promise<Stepped> {
  const trainer = new Trainer(model, { trainable: { lora }, objective: { kind: 'sft' }, seed: 3, beta1: 0, clipNorm: 1e9, maxTokens: 150, ...options })
  // B starts at zero, which would leave A without a gradient.
  const noise = Random.seeded(11)
  for (const { data } of model.adapter?.tensors.values() ?? []) for (let i = 0; i < data.length; i++) data[i] = 0.1 * noise.normal()
  const result = await trainer.step(of, { learningRate: 1e-3 })
  await trainer.saveState(folder)
  await model.close()
  return { result, gradients: new Map([...await readSafetensors(join(folder, 'trainer.safetensors'))].filter(([name]) => name.startsWith('m/'))) }
}

interface Stepped {
  readonly result: StepResult
  readonly gradients: ReadonlyMap<string, FloatTensor>
}

function expectClose(got: ArrayLike<number>, want: ArrayLike<number>, relative = 1e-5, least = 1e-9): void {
  const scale = Math.max(...Array.from(want, Math.abs))
  expect(got.length).toBe(want.length)
  for (let i = 0; i < want.length; i++) expect(Math.abs((got[i] as number) - (want[i] as number))).toBeLessThan(relative * scale + least)
}

function expectSame(got: Stepped, want: Stepped): void {
  expectClose([got.result.loss, got.result.gradNorm, got.result.entropy], [want.result.loss, want.result.gradNorm, want.result.entropy])
  got.result.logProbs.forEach((row, i) => expectClose(row, want.result.logProbs[i] as Float32Array))
  expect([...got.gradients.keys()]).toEqual([...want.gradients.keys()])
  const scale = Math.max(...[...want.gradients.values()].flatMap(({ data }) => Array.from(data, Math.abs)))
  expect(scale).toBeGreaterThan(1e-3)
  for (const [name, { data }] of want.gradients) {
    // Each tensor to its own scale; where that is rounding alone, to the scale of all.
    expect(data.some((value) => value !== 0)).toBe(true)
    expectClose(got.gradients.get(name)?.data as Float32Array, data, 1e-5, 1e-7 * scale)
  }
}

describe.each(CASES)('block by block: $name', ({ config, lora }) => {
  it('gives the loss, log-probabilities and gradients of the whole graph', async () => {
    const whole = await stepped(tinyModel(config), lora, {})
    expectSame(await stepped(tinyModel(config), lora, { blockwise: true }), whole)
  })
})

describe('block by block', () => {
  const config = CASES[1]?.config as VisionLanguageConfig
  const lora = { ...LORA, vision: true }
  const stored = join(folder, 'model.safetensors')

  /** The same weights rounded to float16: in their file, and as float32 in memory. */
  async function halves(settings: ModelSettings): Promise<{ inFile: VisionLanguageModel; inMemory: VisionLanguageModel }> {
    await writeSafetensors(stored, initialWeights(config, Random.seeded(1, 'tiny')) as Map<string, HostTensor<'f32'>>, { dtype: 'F16' })
    const files = await openWeights(folder)
    const inFile = new Map(files.names.map((name): [string, HostTensor] => [name, files.stored(name) as StoredTensor]))
    const inMemory = new Map(await Promise.all(files.names.map(async (name): Promise<[string, HostTensor]> => [name, floats(files.info(name).shape, await files.read(name))])))
    await files.close()
    return { inFile: new VisionLanguageModel(config, inFile, settings), inMemory: new VisionLanguageModel(config, inMemory, { threads: 1 }) }
  }

  it('works on float16 weights that stay in their file', async () => {
    const { inFile, inMemory } = await halves({ threads: 1, blockwise: true })
    expectSame(await stepped(inFile, lora, {}), await stepped(inMemory, lora, {}))
    expect([...inFile.weights.values()].every((weight) => weight instanceof StoredTensor && weight.dtype === 'f16')).toBe(true)
  })

  it('scores as the whole graph does, the adapter included, and merges for sampling', async () => {
    const { inFile, inMemory } = await halves({ threads: 1, blockwise: true })
    // Scoring and reading leave nothing out, whatever training does.
    inFile.adapter = inMemory.adapter = newAdapter(config, { ...lora, dropout: 0.1 }, Random.seeded(5))
    for (const { data } of inFile.adapter.tensors.values()) for (let i = 0; i < data.length; i++) data[i] = 0.1 * random.normal()
    const whole = await inMemory.logProbs(samples)
    expect(whole.flatMap((row) => [...row]).some((value) => value !== 0)).toBe(true)
    const scored = await inFile.logProbs(samples)
    scored.forEach((row, i) => expectClose(row, whole[i] as Float32Array))
    const [acting, merged] = [await inFile.acting.tensors(), await inMemory.acting.tensors()]
    expect(acting.size).toBeGreaterThan(10)
    for (const [name, tensor] of acting) expect(tensor).toEqual(merged.get(name))
  })

  it('takes the queries of a long sequence in many blocks, and pictures of a frozen tower a few at a time', async () => {
    const small = { ...TINY, text: { ...TINY.text, layers: 1 } }
    // 45 x 12 cells are 2,160 patches: more than one run of the tower.
    const long = [randomSample(random, [randomImage(random, 45, 12), shared], 3, 560, 12)]
    expect(long[0]?.ids.length).toBeGreaterThan(1024)
    const options = { maxTokens: 4096 }
    expectSame(await stepped(tinyModel(small), LORA, { ...options, blockwise: true }, long), await stepped(tinyModel(small), LORA, options, long))
  })

  it('learns the same from inputs that wait in a file, and nearly the same from float16', async () => {
    const kept = (blockInputs: BlockInputs): Promise<Stepped> => stepped(tinyModel(config, 1, { threads: 1, blockwise: true, blockInputs, scratch: folder }), lora, {})
    const [memory, file, half] = [await kept('float32'), await kept('file'), await kept('float16')]
    expect(file).toEqual(memory)
    expect(half.result.loss).toBe(memory.result.loss)
    expect(half.gradients).not.toEqual(memory.gradients)
    const scale = Math.max(...[...memory.gradients.values()].flatMap(({ data }) => Array.from(data, Math.abs)))
    for (const [name, { data }] of memory.gradients) expectClose(half.gradients.get(name)?.data as Float32Array, data, 3e-3, 1e-3 * scale)
    expect((await readdir(folder)).filter((name) => name.startsWith('sightline-blocks-'))).toEqual([])
  })

  it('takes the policy objective', async () => {
    const of = samples.map((sample, i): PolicySample => ({
      ...sample, advantage: (i % 3) - 1, oldLogProbs: sample.loss.map((weight, t) => -3 - 0.3 * weight * (t % 4)), refLogProbs: sample.loss.map((weight) => -3.2 * weight)
    }))
    const objective: Objective = { kind: 'policy', clipLow: 0.2, clipHigh: 0.28, klBeta: 0.04 }
    expectSame(await stepped(tinyModel(config), lora, { objective, blockwise: true }, of), await stepped(tinyModel(config), lora, { objective }, of))
  })

  it('trains adapters alone, and stored weights in no other way', async () => {
    expect(() => new Trainer(tinyModel(), { trainable: 'all', objective: { kind: 'sft' }, blockwise: true })).toThrow(/only adapters/)
    const { inFile } = await halves({ threads: 1 })
    expect(() => new Trainer(inFile, { trainable: { lora }, objective: { kind: 'sft' } })).toThrow(/left as they are stored/)
  })

  it('names what it cannot do', async () => {
    const model = tinyModel(TINY2, 1, { threads: 1, blockwise: true })
    model.adapter = newAdapter(TINY2, { ...LORA, targets: ['lm_head'] }, random)
    await expect(model.logProbs(samples)).rejects.toThrow(/adapter on the head/)
  })
})
