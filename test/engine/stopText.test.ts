import { describe, expect, it } from 'vitest'
import fc from 'fast-check'
import { StopText } from '#main/engine/chat/stopText.ts'

/** What passes when the text comes in these pieces. */
function passed(pieces: readonly string[], stops: readonly string[]): { text: string; stopped: boolean } {
  const filter = new StopText(stops)
  let text = ''
  for (const piece of pieces) {
    const step = filter.push(piece)
    text += step.text
    if (step.stopped) return { text, stopped: true }
  }
  return { text: text + filter.end(), stopped: false }
}

describe('stop texts', () => {
  it('are left out with all that follows, the earliest first', () => {
    expect(passed(['abc END def'], ['END'])).toEqual({ text: 'abc ', stopped: true })
    expect(passed(['one two three'], ['three', 'two'])).toEqual({ text: 'one ', stopped: true })
    expect(passed(['abc'], [])).toEqual({ text: 'abc', stopped: false })
  })

  it('hold back only what might be their beginning', () => {
    const filter = new StopText(['</s>'])
    expect(filter.push('ab<')).toEqual({ text: 'ab', stopped: false })
    expect(filter.push('/')).toEqual({ text: '', stopped: false })
    expect(filter.push('b')).toEqual({ text: '</b', stopped: false })
    expect(filter.end()).toBe('')
  })

  it('cut the same wherever the pieces end', () => {
    const letters = fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 30 })
    const stop = fc.string({ unit: fc.constantFrom('a', 'b'), minLength: 1, maxLength: 4 })
    fc.assert(fc.property(letters, fc.array(stop, { maxLength: 3 }), fc.integer({ min: 1, max: 5 }), (text, stops, size) => {
      const pieces = Array.from({ length: Math.ceil(text.length / size) }, (_, i) => text.slice(i * size, (i + 1) * size))
      expect(passed(pieces, stops)).toEqual(passed([text], stops))
    }), { seed: 1, numRuns: 500 })
  })

  it('count from where they are complete', () => {
    expect(passed(['abb'], ['abb', 'b'])).toEqual({ text: 'a', stopped: true })
    expect(passed(['xaab'], ['ab', 'aab'])).toEqual({ text: 'x', stopped: true })
  })
})
