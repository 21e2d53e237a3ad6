import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { trainBpe } from '../../scripts/pocket/bpe.ts'
import { countImageTokens, Tokenizer } from '../../src/main/model/tokenizer.ts'
import { CHATML_TEMPLATE } from '../../src/main/model/jinjaTemplate.ts'
import { encodeAssistantTurn, encodeUserTurn, verifyChatTemplate } from '../../src/main/model/chatTemplate.ts'
import { tokenizerJsonFromVocabulary } from '../../src/main/model/tokenizerFiles.ts'

const corpus = Array.from({ length: 300 }, (_, i) => `Start at the dot. Moves: 1 up, 2 right, ${i % 7} up. Is it at [${i}, ${(i * 7) % 113}]?`)
const pieces = [', "start_point_2d": [', '{"index": ', ' Action: Path Tracer\n```json\n[']
const json = trainBpe(corpus, { vocabSize: 420, addedTokens: pieces })
const tokenizer = Tokenizer.fromJson(json, { chat_template: CHATML_TEMPLATE })

/** Qwen2-VL's and Qwen2.5-VL's released template. */
const QWEN_TEMPLATE = [
  "{% set image_count = namespace(value=0) %}{% set video_count = namespace(value=0) %}{% for message in messages %}",
  "{% if loop.first and message['role'] != 'system' %}<|im_start|>system\nYou are a helpful assistant.<|im_end|>\n{% endif %}",
  "<|im_start|>{{ message['role'] }}\n{% if message['content'] is string %}{{ message['content'] }}<|im_end|>\n{% else %}",
  "{% for content in message['content'] %}{% if content['type'] == 'image' or 'image' in content or 'image_url' in content %}",
  "{% set image_count.value = image_count.value + 1 %}{% if add_vision_id %}Picture {{ image_count.value }}: {% endif %}",
  "<|vision_start|><|image_pad|><|vision_end|>{% elif content['type'] == 'video' or 'video' in content %}",
  "{% set video_count.value = video_count.value + 1 %}{% if add_vision_id %}Video {{ video_count.value }}: {% endif %}",
  "<|vision_start|><|video_pad|><|vision_end|>{% elif 'text' in content %}{{ content['text'] }}{% endif %}{% endfor %}<|im_end|>\n",
  "{% endif %}{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
].join('')

describe('trainBpe', () => {
  it('is a function of the corpus alone and keeps to the asked size', () => {
    expect(trainBpe(corpus, { vocabSize: 420, addedTokens: pieces })).toEqual(json)
    expect(tokenizer.size).toBeLessThanOrEqual(420)
    expect(json.model.merges.length).toBeGreaterThan(20)
  })

  it('refuses a vocabulary that cannot hold the bytes', () => {
    expect(() => trainBpe(corpus, { vocabSize: 100, addedTokens: [] })).toThrow(/room/u)
  })
})

describe('Tokenizer', () => {
  it('writes one token per digit and one per added piece', () => {
    expect(tokenizer.encode('1492')).toHaveLength(4)
    expect(tokenizer.encode(', "start_point_2d": [')).toEqual([tokenizer.addedId(', "start_point_2d": [')])
  })

  it('decodes what it encoded, for any NFC text', () => {
    fc.assert(fc.property(fc.string({ unit: 'grapheme' }), (text) => {
      const normal = text.normalize('NFC')
      expect(tokenizer.decode(tokenizer.encode(normal))).toBe(normal)
    }))
    const wire = '<think> go up </think> Action: Path Tracer\n```json\n[{"index": 1, "start_point_2d": [14, 14], "end_point_2d": [42, 14], "label": "1"}]\n```'
    expect(tokenizer.decode(tokenizer.encode(wire))).toBe(wire)
  })

  it('gives a character only when its bytes are complete', () => {
    const ids = tokenizer.encode('é漢')
    const stream = tokenizer.decodeStream()
    const parts = ids.map((id) => stream.push(id))
    expect(parts.join('')).toBe('é漢')
    expect(parts.some((part) => part.includes('\ufffd'))).toBe(false)
    const cut = tokenizer.decodeStream()
    cut.push(ids[0] ?? 0)
    expect(cut.end()).toBe('\ufffd')
  })

  it('bans placeholders and unused rows, never the stop tokens', () => {
    const banned = new Set(tokenizer.bannedIds(tokenizer.size + 2))
    expect(banned.has(tokenizer.special.imagePad)).toBe(true)
    expect(banned.has(tokenizer.size + 1)).toBe(true)
    expect(banned.has(tokenizer.special.imEnd)).toBe(false)
    expect(banned.has(tokenizer.addedId('{"index": ') ?? -1)).toBe(false)
  })

  it('reads vocab.json with merges.txt to the same ids', () => {
    const merges = `#version: 0.2\n${json.model.merges.map((pair) => pair.join(' ')).join('\n')}\n`
    const decoder = Object.fromEntries(json.added_tokens.map(({ id, ...token }) => [String(id), token]))
    const config = { added_tokens_decoder: decoder }
    const again = Tokenizer.fromJson(tokenizerJsonFromVocabulary(json.model.vocab, merges, config, 'vocab.json'))
    for (const text of [...corpus.slice(0, 5), '<|im_start|>x', pieces.join('1')]) expect(again.encode(text)).toEqual(tokenizer.encode(text))
  })

  it('names what is wrong with a tokenizer it cannot use', () => {
    expect(() => Tokenizer.fromJson({ ...json, model: { type: 'Unigram' } })).toThrow(/model\.type/u)
    expect(() => Tokenizer.fromJson({ ...json, added_tokens: [] })).toThrow(/endoftext/u)
    const split = { type: 'Split', pattern: { Regex: '(a[' }, behavior: 'Isolated', invert: false }
    expect(() => Tokenizer.fromJson({ ...json, pre_tokenizer: { type: 'Sequence', pretokenizers: [split] } })).toThrow(/split pattern/u)
  })
})

describe('chat turns', () => {
  it('writes ChatML with as many placeholders as visual tokens', () => {
    const ids = encodeUserTurn(tokenizer, { system: 'S', text: '<image>\nWhere?', imageTokens: [16], first: true })
    const pads = '<|image_pad|>'.repeat(16)
    expect(tokenizer.decode(ids)).toBe(
      `<|im_start|>system\nS<|im_end|>\n<|im_start|>user\n<|vision_start|>${pads}<|vision_end|>\nWhere?<|im_end|>\n<|im_start|>assistant\n`)
    expect(countImageTokens(ids, tokenizer.special)).toBe(16)
    expect(tokenizer.decode(encodeUserTurn(tokenizer, { system: null, text: 'x', imageTokens: [], first: false })))
      .toBe('\n<|im_start|>user\nx<|im_end|>\n<|im_start|>assistant\n')
    expect(encodeAssistantTurn(tokenizer, 'up').at(-1)).toBe(tokenizer.special.imEnd)
  })

  it('refuses text whose pictures do not add up', () => {
    const turn = { system: null, imageTokens: [4], first: true }
    expect(() => encodeUserTurn(tokenizer, { ...turn, text: 'no marker' })).toThrow(/markers/u)
    expect(() => encodeUserTurn(tokenizer, { ...turn, text: '<image> <|image_pad|>' })).toThrow(/placeholder/u)
  })

  it("equals the checkpoint's own template, with and without a default system turn", () => {
    verifyChatTemplate(tokenizer)
    const qwen = Tokenizer.fromJson(json, { chat_template: QWEN_TEMPLATE })
    expect(qwen.defaultSystem).toBe('You are a helpful assistant.')
    expect(tokenizer.defaultSystem).toBeNull()
    verifyChatTemplate(qwen)
    const other = Tokenizer.fromJson(json, { chat_template: QWEN_TEMPLATE.replaceAll('<|im_end|>\n', '<|im_end|>') })
    expect(() => verifyChatTemplate(other)).toThrow(/ChatML/u)
  })
})
