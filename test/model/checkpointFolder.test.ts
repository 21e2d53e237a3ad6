import { mkdirSync, mkdtempSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeEach, describe, expect, it } from 'vitest'
import { trainBpe } from '../../scripts/pocket/bpe.ts'
import { openCheckpointFolder } from '../../src/main/model/checkpointFolder.ts'
import { readConfig } from '../../src/main/model/config.ts'
import { CHATML_TEMPLATE } from '../../src/main/model/jinjaTemplate.ts'
import { readProcessorConfig } from '../../src/main/model/processor.ts'
import { Tokenizer } from '../../src/main/model/tokenizer.ts'
import { writeCheckpointFolder } from '../../src/main/model/writeCheckpointFolder.ts'
import { fileHash } from '../../src/main/runtime/weightFiles.ts'
import { writeSafetensors } from '../../src/main/runtime/safetensors.ts'

const root = mkdtempSync(join(tmpdir(), 'checkpoint-'))
const folder = join(root, 'model')
afterAll(() => rmSync(root, { recursive: true }))

const tokenizer = Tokenizer.fromJson(trainBpe(['up and down we go, up and down'], { vocabSize: 300, addedTokens: [] }), { chat_template: CHATML_TEMPLATE })
const { special } = tokenizer
const config = readConfig({
  ...JSON.parse(readFileSync(new URL('../fixtures/configs/qwen2_5_vl.transformers5.json', import.meta.url), 'utf8')) as object,
  image_token_id: special.imagePad, video_token_id: special.videoPad, vision_start_token_id: special.visionStart,
  vision_end_token_id: special.visionEnd, eos_token_id: [special.imEnd, special.endOfText], pad_token_id: special.endOfText
})
const processor = readProcessorConfig({
  min_pixels: 3136, max_pixels: 12845056, patch_size: 14, temporal_patch_size: 2, merge_size: 2, image_mean: [0.5, 0.5, 0.5], image_std: [0.5, 0.5, 0.5]
})
const norm = { shape: [3], data: Float32Array.of(1, 2, 3) }
const merger = { shape: [2, 2], data: Float32Array.of(0.5, -1, 0.25, 4) }
const tensors = new Map([['model.norm.weight', norm], ['visual.merger.mlp.0.weight', merger]])

const change = (name: string, edit: (json: Record<string, unknown>) => object): void => {
  const path = join(folder, name)
  writeFileSync(path, JSON.stringify(edit(JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>)))
}
const without = (json: Record<string, unknown>, keys: readonly string[]): object =>
  Object.fromEntries(Object.entries(json).filter(([key]) => !keys.includes(key)))

describe('checkpoint folders', () => {
  beforeEach(() => writeCheckpointFolder(folder, { config, processor, tokenizer, tensors, dtype: 'F32' }))

  it('come back as written, with their hash, and leave nothing beside them', async () => {
    const opened = await openCheckpointFolder(folder)
    expect(opened.config).toEqual(config)
    expect(opened.processor).toEqual(processor)
    expect(opened.tokenizer.encode('up <|im_end|>')).toEqual(tokenizer.encode('up <|im_end|>'))
    expect(opened.tensors.parameters).toBe(7)
    expect(await opened.tensors.read('model.norm.weight')).toEqual(norm.data)
    const { hash } = await writeCheckpointFolder(folder, { config, processor, tokenizer, tensors, dtype: 'F16' })
    expect(hash).toBe(await fileHash(join(folder, 'model.safetensors')))
    expect(await opened.tensors.read('model.norm.weight')).toEqual(norm.data)
    await opened.tensors.close()
    expect(readdirSync(root)).toEqual(['model'])
    expect(readdirSync(folder).sort()).toEqual(
      ['config.json', 'generation_config.json', 'model.safetensors', 'preprocessor_config.json', 'tokenizer.json', 'tokenizer_config.json'])
  })

  it('are found in shards, under the names of newer transformers too', async () => {
    rmSync(join(folder, 'model.safetensors'))
    await writeSafetensors(join(folder, 'model-00001-of-00002.safetensors'), new Map([['model.language_model.norm.weight', norm]]), { dtype: 'F32' })
    await writeSafetensors(join(folder, 'model-00002-of-00002.safetensors'), new Map([['model.visual.merger.mlp.0.weight', merger]]), { dtype: 'F16' })
    const map = { 'model.language_model.norm.weight': 'model-00001-of-00002.safetensors', 'model.visual.merger.mlp.0.weight': 'model-00002-of-00002.safetensors' }
    const index = join(folder, 'model.safetensors.index.json')
    writeFileSync(index, JSON.stringify({ metadata: {}, weight_map: map }))
    const { tensors: weights } = await openCheckpointFolder(folder)
    expect([...weights.names].sort()).toEqual(['model.norm.weight', 'visual.merger.mlp.0.weight'])
    expect(weights.info('visual.merger.mlp.0.weight')).toMatchObject({ dtype: 'F16', shape: [2, 2] })
    expect(await weights.read('visual.merger.mlp.0.weight')).toEqual(merger.data)
    expect(await weights.hash()).toMatch(/^[0-9a-f]{64}$/u)
    await weights.close()
    writeFileSync(index, JSON.stringify({ weight_map: { ...map, 'lm_head.weight': 'model-00002-of-00002.safetensors' } }))
    await expect(openCheckpointFolder(folder)).rejects.toThrow(/lm_head/u)
    writeFileSync(index, JSON.stringify({ weight_map: { x: '../outside.safetensors' } }))
    await expect(openCheckpointFolder(folder)).rejects.toThrow(/same folder/u)
  })

  it.each<[string, string, (json: Record<string, unknown>) => object, RegExp]>([
    ['other special ids', 'config.json', (json) => ({ ...json, image_token_id: 5 }), /image_token_id is 5/u],
    ['other patches', 'preprocessor_config.json', (json) => ({ ...json, patch_size: 16 }), /patch_size/u],
    ['a smaller embedding', 'config.json', (json) => ({ ...json, vocab_size: 260 }), /260 rows/u],
    ['another chat template', 'tokenizer_config.json', (json) => ({ ...json, chat_template: '{{ messages[0].content }}' }), /ChatML/u],
    ['a template that fails', 'tokenizer_config.json', (json) => ({ ...json, chat_template: '{% for x %}' }), /chat template fails/u]
  ])('with %s are refused', async (_, name, edit, message) => {
    change(name, edit)
    await expect(openCheckpointFolder(folder)).rejects.toThrow(message)
  })

  it.each(['config.json', 'tokenizer.json', 'preprocessor_config.json', 'model.safetensors'])('without %s are refused', async (name) => {
    rmSync(join(folder, name))
    await expect(openCheckpointFolder(folder)).rejects.toMatchObject({ name: 'SightlineError' })
  })

  it.each(['config.json', 'tokenizer.json', 'preprocessor_config.json', 'model.safetensors'])('with a folder called %s are refused', async (name) => {
    rmSync(join(folder, name))
    mkdirSync(join(folder, name))
    await expect(openCheckpointFolder(folder)).rejects.toMatchObject({ code: 'bad_checkpoint' })
  })

  it('take ids from tokenizer and generation config, and the template from its own file', async () => {
    change('config.json', (json) => without(json, ['image_token_id', 'eos_token_id']))
    change('tokenizer_config.json', (json) => without(json, ['chat_template']))
    writeFileSync(join(folder, 'chat_template.jinja'), CHATML_TEMPLATE)
    renameSync(join(folder, 'preprocessor_config.json'), join(folder, 'p'))
    writeFileSync(join(folder, 'processor_config.json'), JSON.stringify({ image_processor: JSON.parse(readFileSync(join(folder, 'p'), 'utf8')) as object }))
    const opened = await openCheckpointFolder(folder)
    expect(opened.config.ids).toEqual(config.ids)
    expect(opened.tokenizer.chatTemplate).toBe(CHATML_TEMPLATE)
    await opened.tensors.close()
  })

  it('name a file that is not JSON', async () => {
    writeFileSync(join(folder, 'config.json'), '{')
    await expect(openCheckpointFolder(folder)).rejects.toThrow(/config.json is not JSON/u)
  })
})
