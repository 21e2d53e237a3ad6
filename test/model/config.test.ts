import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { readConfig } from '../../src/main/model/config.ts'
import { writeConfig } from '../../src/main/model/writeConfig.ts'

type Json = Record<string, unknown>
const file = (name: string): Json => JSON.parse(readFileSync(new URL(`../fixtures/configs/${name}.json`, import.meta.url), 'utf8')) as Json
const vision = (json: Json): Json => json['vision_config'] as Json
const without = (json: Json, key: string): Json => Object.fromEntries(Object.entries(json).filter(([name]) => name !== key))

describe('readConfig', () => {
  it('reads the released Qwen2.5-VL-3B', () => {
    const { text, vision: tower, ids } = readConfig(file('qwen2_5_vl.released3b'))
    expect(text).toMatchObject({ hiddenSize: 2048, layers: 36, heads: 16, kvHeads: 2, headDim: 128, mropeSection: [16, 24, 24], ropeTheta: 1e6, tied: true })
    expect(tower).toMatchObject({ family: 'qwen2_5_vl', width: 1280, outWidth: 2048, intermediateSize: 3420, windowSize: 112, tokensPerSecond: 2, fullAttentionBlocks: [7, 15, 23, 31] })
    expect(ids).toEqual({ imagePad: 151655, videoPad: 151656, visionStart: 151652, visionEnd: 151653, eos: [151645], pad: 151643 })
  })

  it('reads the released Qwen2-VL-2B, whose hidden_size is the output width', () => {
    const { vision: tower } = readConfig(file('qwen2_vl.released2b'))
    expect(tower).toMatchObject({ family: 'qwen2_vl', width: 1280, outWidth: 1536, intermediateSize: 5120, windowSize: 0, hiddenAct: 'quick_gelu' })
    expect(tower.fullAttentionBlocks).toHaveLength(32)
  })

  it.each(['qwen2_vl', 'qwen2_5_vl'])('reads what transformers 4 and 5 save for one %s the same', (family) => {
    const ids = { eos: [2], pad: 0 }
    const four = readConfig(file(`${family}.transformers4`), { ids })
    expect(readConfig(file(`${family}.transformers5`), { ids })).toEqual(four)
    expect(four.text).toMatchObject({ hiddenSize: 64, layers: 2, heads: 4, kvHeads: 2, mropeSection: [2, 3, 3], vocabSize: 500, tied: true })
    expect(four.ids).toMatchObject({ imagePad: 12, eos: [2] })
  })

  it.each(['qwen2_vl.released2b', 'qwen2_5_vl.released3b', 'qwen2_5_vl.transformers5'])('reads its own writing of %s', (name) => {
    const config = readConfig(file(name))
    expect(readConfig(JSON.parse(JSON.stringify(writeConfig(config))))).toEqual(config)
  })

  it.each(['hidden_size', 'rope_theta', 'rope_scaling', 'tie_word_embeddings', 'vocab_size', 'rms_norm_eps', 'image_token_id', 'model_type', 'vision_config'])(
    'names %s when it is missing', (key) => {
      expect(() => readConfig(without(file('qwen2_5_vl.released3b'), key))).toThrow(new RegExp(key, 'u'))
    })

  it.each(['depth', 'window_size', 'fullatt_block_indexes', 'tokens_per_second', 'out_hidden_size', 'temporal_patch_size'])(
    'names vision_config.%s when it is missing', (key) => {
      const json = file('qwen2_5_vl.released3b')
      expect(() => readConfig({ ...json, vision_config: without(vision(json), key) })).toThrow(new RegExp(`vision_config.${key}`, 'u'))
    })

  it('refuses contradictions and features of other families', () => {
    const json = file('qwen2_5_vl.released3b')
    expect(() => readConfig({ ...json, rope_scaling: { type: 'mrope', mrope_section: [16, 24, 25] } })).toThrow(/mrope_section/u)
    expect(() => readConfig({ ...json, rope_scaling: { type: 'yarn', mrope_section: [16, 24, 24] } })).toThrow(/yarn/u)
    expect(() => readConfig({ ...json, use_sliding_window: true })).toThrow(/sliding/u)
    expect(() => readConfig({ ...json, model_type: 'qwen3_vl' })).toThrow(/model_type/u)
    expect(() => readConfig({ ...json, vision_config: { ...vision(json), out_hidden_size: 3584 } })).toThrow(/3584/u)
    expect(() => readConfig({ ...json, vision_config: { ...vision(json), fullatt_block_indexes: [32] } })).toThrow(/fullatt/u)
    expect(() => readConfig({ ...json, num_hidden_layers: 1e9 })).toThrow(/num_hidden_layers/u)
    expect(() => readConfig('no object')).toThrow(/expected object/u)
  })
})
