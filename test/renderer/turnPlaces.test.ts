import { describe, expect, it } from 'vitest'
import { parseTurn } from '#main/rollout/parse.ts'
import { toolFor, writeDrawTurn } from '#main/rollout/writeTurn.ts'
import type { DrawOp } from '#shared/domain/drawOp.ts'
import { blocksIn, operationSpans, piecesOf, problemSpans, type Span, tokensOf, tokenSpans } from '../../src/renderer/pages/review/turnPlaces.ts'

const box = (label: string, x: number, imageIndex = 1): DrawOp => ({ kind: 'box', imageIndex, box: [x, 2, x + 9, 14], label, space: 'model' })
const line: DrawOp = { kind: 'line', imageIndex: 2, start: [1, 2], end: [3.5, -4], label: 'way', space: 'model' }
const cut = (text: string, span: Span | null | undefined): string | null => span === null || span === undefined ? null : text.slice(span.from, span.to)

describe('operations in the text', () => {
  it('lie where they were written, the same place drawn twice too', () => {
    const ops = [box('a', 5), line, box('b', 5)]
    const text = writeDrawTurn('Look at [1, 2].', toolFor(ops), ops)
    const spans = operationSpans(text, ops)
    expect(spans.map((span) => /"label": "(\w+)"/.exec(cut(text, span) ?? '')?.[1])).toEqual(['a', 'way', 'b'])
    expect(blocksIn(text)).toHaveLength(1)
  })

  it('are found in Python-style literals, and nowhere after an edit', () => {
    const text = "<think> a </think> Action: Object Mapper\n```\n[{'index': 1, 'bbox_2d': (5, 2, 14, 14), 'label': 'a'}]\n```"
    const { operations } = parseTurn(text)
    expect(operations).toEqual([box('a', 5)])
    expect(cut(text, operationSpans(text, operations)[0])).toContain("'bbox_2d'")
    expect(operationSpans(text, [box('a', 6)])).toEqual([null])
  })
})

describe('problems in the text', () => {
  const turn = (...blocks: string[]): string => `<think> a </think> Action: Object Mapper\n${blocks.map((block) => `\`\`\`json\n${block}\n\`\`\``).join('\n')}`
  const placed = (text: string): (string | null)[] => {
    const { problems, operations } = parseTurn(text)
    return problemSpans(text, operations, problems).map((span) => cut(text, span))
  }

  it('mark the block that cannot be read, not the one beside it', () => {
    const broken = `[{"index": 1, "bbox_2d": [1, 2, 3`
    expect(placed(turn('[{"index": 1, "bbox_2d": [5, 2, 14, 14], "label": "a"}]', broken))).toEqual([`\n${broken}\n`])
    expect(placed(turn(`${broken}, ${'9, '.repeat(200)}`))).toHaveLength(1)
  })

  it('mark each object that is no operation', () => {
    const strange = ['{"index": 1, "circle": [5, 2, 3]}', '{"index": 1, "bbox_2d": [5, 2, 14, 14]}']
    expect(placed(turn(`[${strange[0]}, {"index": 1, "bbox_2d": [5, 2, 14, 14], "label": "a"}, ${strange[1]}]`))).toEqual(strange)
  })

  it('mark the operation on a missing picture, outside, or drawn before', () => {
    const ops = [box('a', 5), box('b', 900), box('c', 7, 12)]
    const text = writeDrawTurn('Look.', toolFor(ops), ops)
    const spans = operationSpans(text, ops)
    expect(problemSpans(text, ops, [
      { kind: 'missing_image', detail: 'There is no image 12, only 1 to 2' }, { kind: 'outside_image', detail: 'box "b" at 900, 2, 909, 14 leaves the 112 x 112 image 1' },
      { kind: 'repeated_action', detail: 'box "a" at 5, 2, 14, 14 was drawn before' }, { kind: 'no_action', detail: '' }
    ])).toEqual([spans[2], spans[1], spans[0], null])
  })
})

describe('tokens in the text', () => {
  it('light up with the operation they wrote', () => {
    const tokens = tokenSpans(['ab', '', 'c{', 'x}', 'd'])
    expect(tokensOf(tokens, { from: 3, to: 6 })).toEqual({ from: 2, to: 4 })
    expect([tokensOf(tokens, null), tokensOf(tokens, { from: 40, to: 50 })]).toEqual([null, null])
  })

  it('are cut where operations and problems begin, and lose no character', () => {
    const text = 'ab{x}d'
    const pieces = piecesOf(text, { tokens: tokenSpans(['ab', '{x', '}d', '<|im_end|>']), ops: [{ from: 2, to: 5 }], problems: [{ from: 4, to: 6 }, null] })
    expect(pieces).toEqual([
      { text: 'ab', token: 0, op: null, problems: [] }, { text: '{x', token: 1, op: 0, problems: [] },
      { text: '}', token: 2, op: 0, problems: [0] }, { text: 'd', token: 2, op: null, problems: [0] }
    ])
    expect(piecesOf(text, { tokens: [], ops: [], problems: [] })).toEqual([{ text, token: null, op: null, problems: [] }])
  })
})
