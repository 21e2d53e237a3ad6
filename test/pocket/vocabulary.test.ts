import { beforeAll, describe, expect, it } from 'vitest'
import { generateItem } from '#main/curate/synthetic/generate.ts'
import { GENERATORS } from '#main/curate/synthetic/syntheticItem.ts'
import { Tokenizer } from '#main/model/tokenizer.ts'
import { pocketTokenizer, WIRE_PIECES } from '../../scripts/pocket/vocabulary.ts'

let tokenizer: Tokenizer

beforeAll(() => {
  tokenizer = Tokenizer.fromJson(pocketTokenizer())
})

describe('the vocabulary of the tiny model', () => {
  it('is small, and the same every time', () => {
    expect(tokenizer.size).toBeLessThanOrEqual(700)
    expect(pocketTokenizer()).toEqual(tokenizer.json)
  })

  it('has one token per digit and per wire-format piece', () => {
    expect(tokenizer.encode('1408')).toHaveLength(4)
    for (const piece of WIRE_PIECES) expect(tokenizer.encode(piece)).toHaveLength(1)
  })

  it('writes every teacher path back exactly', () => {
    for (const generator of GENERATORS) {
      for (let index = 0; index < 50; index++) {
        for (const { text } of generateItem(generator, 21, index).teacher('reflective', index)) {
          expect(tokenizer.decode(tokenizer.encode(text))).toBe(text)
        }
      }
    }
  })

  it('spends fewer than 30 tokens on a maze turn', () => {
    for (let index = 0; index < 50; index++) {
      for (const { text } of generateItem('maze', 21, index).teacher('plain', 0)) expect(tokenizer.encode(text).length).toBeLessThan(30)
    }
  })

  it('still reads words no generator says', () => {
    const text = 'Wie viele Stühle? 椅子 3,5 m'
    expect(tokenizer.decode(tokenizer.encode(text))).toBe(text)
  })
})
