import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { Tokenizer } from '../../src/main/model/tokenizer.ts'

const read = (name: string): unknown => JSON.parse(readFileSync(new URL(`../fixtures/tokenizer/${name}`, import.meta.url), 'utf8'))
const texts = z.array(z.string()).parse(read('texts.json'))
const { ids, decoded } = z.object({ ids: z.array(z.array(z.int())), decoded: z.array(z.string()) }).parse(read('ids.json'))
const tokenizer = Tokenizer.fromJson(read('tokenizer.json'))

describe("transformers' ids on a hard corpus", () => {
  it('covers digits, scripts, emoji, combining marks, whitespace and special tokens', () => {
    expect(texts.length).toBe(ids.length)
    expect(texts.length).toBeGreaterThan(400)
  })

  it('are ours, text by text', () => {
    texts.forEach((text, i) => expect(tokenizer.encode(text), JSON.stringify(text)).toEqual(ids[i]))
  })

  it('decode to the same text, which is the NFC form of the original', () => {
    texts.forEach((text, i) => {
      expect(tokenizer.decode(ids[i] ?? [])).toBe(decoded[i])
      expect(decoded[i]).toBe(text.normalize('NFC'))
    })
  })

  it('may be cut anywhere: streamed characters are never half', () => {
    texts.forEach((text, i) => {
      const stream = tokenizer.decodeStream()
      const streamed = (ids[i] ?? []).map((id) => stream.push(id)).join('') + stream.end()
      expect(streamed).toBe(text.normalize('NFC'))
    })
  })
})
