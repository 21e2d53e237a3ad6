import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { Random } from '#shared/domain/random.ts'
import { openModel } from '#main/cli/parity/caseFolder.ts'
import { readAdapter, writeAdapter } from '#main/model/adapterFolder.ts'
import { adaptedModules, DEFAULT_LORA, newAdapter } from '#main/model/lora.ts'
import { Policy } from '#main/model/policy.ts'
import { openSafetensors } from '#main/runtime/safetensors.ts'
import { tinyPolicy } from '../engine/tinyProject.ts'
import { caseLogits } from '../../scripts/reference/caseLogits.ts'
import { randomImage, randomSample, TINY, TINY2 } from './tiny.ts'

/** Adapters PEFT wrote on the parity cases (scripts/reference/lora.py), with transformers' logits. */
const ADAPTERS = join(import.meta.dirname, '../fixtures/adapters')
const CASES = join(import.meta.dirname, '../fixtures/parity')
const folders: string[] = []

afterEach(async () => {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true })
})

async function scratch(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'sightline-adapter-'))
  folders.push(folder)
  return join(folder, 'adapter')
}

describe('adapters of PEFT', () => {
  it.each(['all', 'text'])('give the logits transformers computed: %s', async (name) => {
    const { case: base } = JSON.parse(await readFile(join(ADAPTERS, name, 'case.json'), 'utf8')) as { case: string }
    const model = await openModel(join(CASES, base), { threads: 1 })
    const plain = await caseLogits(model, join(CASES, base))
    model.adapter = await readAdapter(join(ADAPTERS, name), model.config)
    const got = await caseLogits(model, join(CASES, base))
    const file = await openSafetensors(join(ADAPTERS, name, 'expected.safetensors'))
    const expected = await file.read('logits')
    await file.close()
    const scale = Math.max(...expected.map(Math.abs))
    const apart = (a: Float32Array, b: Float32Array): number => a.reduce((worst, value, i) => (value === 0 ? worst : Math.max(worst, Math.abs(value - (b[i] ?? 0)))), 0) / scale
    expect(apart(got.data, expected)).toBeLessThan(1e-4)
    expect(apart(plain.data, expected)).toBeGreaterThan(1e-2)
  })

  it('come back as they were written, under the names of either version', async () => {
    const adapter = newAdapter(TINY2, { ...DEFAULT_LORA, rank: 3, alpha: 5, vision: true, rslora: true, targets: ['qkv', 'fc2', 'q_proj', 'lm_head'] }, Random.seeded(2))
    for (const [names, first] of [['>=4.52', 'base_model.model.model.visual.blocks.0'], ['<4.52', 'base_model.model.visual.blocks.0']] as const) {
      const folder = await scratch()
      await writeAdapter(folder, adapter, TINY2, { base: 'base', names })
      const file = await openSafetensors(join(folder, 'adapter_model.safetensors'))
      expect(file.names).toContain(`${first}.attn.qkv.lora_A.weight`)
      expect(file.metadata['transformers']).toBe(names)
      await file.close()
      const back = await readAdapter(folder, TINY2)
      expect(back.tensors).toEqual(adapter.tensors)
      expect(back.scales).toEqual(adapter.scales)
    }
  })

  it('name exactly the layers they sit on', async () => {
    const folder = await scratch()
    const written = async (targets: string[], vision: boolean, config = TINY): Promise<unknown> => {
      await writeAdapter(folder, newAdapter(config, { ...DEFAULT_LORA, rank: 1, vision, targets }, Random.seeded(2)), config, { base: 'base' })
      return (JSON.parse(await readFile(join(folder, 'adapter_config.json'), 'utf8')) as { target_modules: unknown }).target_modules
    }
    expect(await written(['q_proj', 'up_proj'], true)).toEqual(['up_proj', 'q_proj'])
    expect(await written(['q_proj', 'up_proj'], false)).toEqual(['q_proj', 'layers.0.mlp.up_proj', 'layers.1.mlp.up_proj'])
    // `proj` alone would be the patch embedding too.
    expect(await written(['attn.proj'], true)).toEqual(['blocks.0.attn.proj', 'blocks.1.attn.proj'])
    expect(await written(['merger.mlp.0', 'layers.1.self_attn.q_proj'], true)).toEqual(['merger.mlp.0', 'layers.1.self_attn.q_proj'])
  })

  it('are refused when they are of another kind or another model', async () => {
    const folder = await scratch()
    await writeAdapter(folder, newAdapter(TINY, { ...DEFAULT_LORA, rank: 2 }, Random.seeded(2)), TINY, { base: 'base' })
    const path = join(folder, 'adapter_config.json')
    const json = JSON.parse(await readFile(path, 'utf8')) as Record<string, unknown>
    for (const [change, message] of [[{ use_dora: true }, /uses use_dora/], [{ bias: 'all' }, /uses bias/], [{ alpha_pattern: { q: 2 } }, /uses alpha_pattern/], [{ peft_type: 'IA3' }, /only LoRA/], [{ r: 0 }, /r: /]] as const) {
      await writeFile(path, JSON.stringify({ ...json, ...change }))
      await expect(readAdapter(folder, TINY)).rejects.toThrow(message)
    }
    await writeFile(path, JSON.stringify(json))
    const wider = { ...TINY, text: { ...TINY.text, intermediateSize: 50 } }
    await expect(readAdapter(folder, wider)).rejects.toThrow(/adapter of model\.layers\.0\.mlp\.gate_proj is \[2, 32\] and \[48, 2\], the layer \[50, 32\]/)
    const fewer = { ...TINY, text: { ...TINY.text, layers: 1 } }
    await expect(readAdapter(folder, fewer)).rejects.toThrow(/sits on model\.layers\.1\.self_attn\.q_proj\.lora_A\.weight, which the model does not have/)
    await expect(readAdapter(join(folder, 'none'), TINY)).rejects.toThrow(/no adapter_config\.json/)
  })
})

it('modules are chosen as PEFT chooses them', () => {
  const names = (targets: string | string[], vision: boolean): string[] => adaptedModules(TINY2, { targets, vision }).map(({ name }) => name)
  expect(names('all-linear', false)).toHaveLength(14)
  expect(names('all-linear', true)).toHaveLength(14 + 8 + 2)
  expect(names(['lm_head'], false)).toEqual(['lm_head'])
  expect(names('model\\.language_model\\.layers\\.1\\..*(q|v)_proj', false)).toEqual(['model.layers.1.self_attn.q_proj', 'model.layers.1.self_attn.v_proj'])
  expect(() => names('(', true)).toThrow(/not a regular expression/)
})

it('a saved model needs no adapter, and keeps it beside', async () => {
  const policy = await tinyPolicy()
  const random = Random.seeded(8)
  const adapter = newAdapter(policy.config, { ...DEFAULT_LORA, rank: 2, vision: true }, random)
  for (const [name, { data }] of adapter.tensors) if (name.includes('lora_B')) data.forEach((_, i) => { data[i] = 0.1 * random.normal() })
  policy.adapter = adapter
  const { ids } = policy.config
  const sample = randomSample(random, [randomImage(random, 2, 2, policy.config)], 4, 9, 6, { ...TINY, ids, text: policy.config.text, vision: policy.config.vision })
  const [expected] = await policy.logProbs([sample])
  const folder = await scratch()
  await policy.save(folder)
  const merged = await Policy.open(folder, { threads: 1 })
  expect(merged.adapter).toBeNull()
  const close = async (other: Policy): Promise<void> => {
    const [got] = await other.logProbs([sample])
    got?.forEach((value, t) => expect(value).toBeCloseTo(expected?.[t] as number, 5))
  }
  await close(merged)
  const again = policy.withoutAdapter()
  const [plain] = await again.logProbs([sample])
  expect(plain).not.toEqual(expected)
  await again.loadAdapter(join(folder, 'adapter'))
  await close(again)
  await close(policy.clone())
  // What is sampled is what is scored.
  const decoder = policy.decoder()
  const sequence = decoder.open()
  const prompt = sample.ids.subarray(0, sample.ids.length - 6)
  await decoder.extend([{ sequence, ids: prompt, images: sample.images }])
  const first = decoder.logits(sequence) as Float32Array
  const highest = Math.max(...first)
  const logSum = highest + Math.log(first.reduce((sum, value) => sum + Math.exp(value - highest), 0))
  const next = sample.ids[prompt.length] as number
  expect((first[next] as number) - logSum).toBeCloseTo(expected?.[prompt.length] as number, 4)
})
