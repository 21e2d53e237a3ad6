import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseTurn } from '#main/rollout/parse.ts'

const turn = (body: string, tool = 'Object Mapper'): string => `<think> look </think> Action: ${tool}\n${body}`
const fenced = (body: string): string => turn(`\`\`\`json\n${body}\n\`\`\``)

describe('parseTurn', () => {
  it('reads JSON, JSON5 and Python literals alike', () => {
    const expected = [{ kind: 'box', imageIndex: 1, box: [1, 2, 3.5, -4], label: 'a "b"', space: 'model' }]
    const writings = [
      String.raw`[{"index": 1, "bbox_2d": [1, 2, 3.5, -4], "label": "a \"b\""}]`,
      String.raw`[{"index": 1, "bbox_2d": [1, 2, 3.5, -4,], "label": "a \"b\"", /* here */}, // done` + '\n]',
      `[{'index': 1, 'bbox_2d': (1, 2, 3.5, -4), 'label': 'a "b"', 'seen': True, 'note': None}]  # python`,
      `({'index': 1, 'bbox_2d': [1, 2, 3.5, -4], 'label': u'a "b"'},)`,
      `{"index": 1, "bbox_2d": [1, 2, 3.5, -4], "label": 'a "b"'}`
    ]
    for (const writing of writings) expect({ writing, ...parseTurn(fenced(writing)) }).toMatchObject({ writing, operations: expected, problems: [], formatOk: true })
  })

  it('keeps brackets and words inside labels as they are', () => {
    const { operations } = parseTurn(fenced(`[{'index': 1, 'start_point_2d': (1, 2), 'end_point_2d': (3, 4), 'label': 'None (of) True # 1'}]`))
    expect(operations).toEqual([{ kind: 'line', imageIndex: 1, start: [1, 2], end: [3, 4], label: 'None (of) True # 1', space: 'model' }])
  })

  it('saves the complete objects of a block that is cut short, and says so', () => {
    const { operations, problems, formatOk } = parseTurn(fenced('[{"index": 1, "bbox_2d": [1, 2, 3, 4], "label": "a"}, {"index": 1, "bbox_2d": [5, 6'))
    expect(operations.map(({ label }) => label)).toEqual(['a'])
    expect(problems.map(({ kind }) => kind)).toEqual(['unparsed_block'])
    expect(formatOk).toBe(false)
  })

  it('reports objects that are no shape', () => {
    const { operations, problems } = parseTurn(fenced('[{"index": 1, "bbox_2d": [1, 2, 3, 4]}, {"index": 1, "label": "x"}, 7, {"index": 1.5, "bbox_2d": [1, 2, 3, 4], "label": "a"}]'))
    expect(operations).toEqual([])
    expect(problems.map(({ kind }) => kind)).toEqual(Array(4).fill('unknown_operation'))
  })

  it('runs an unclosed fence to the end of the thought or of the turn', () => {
    const list = '[{"index": 1, "bbox_2d": [1, 2, 3, 4], "label": "a"}]'
    expect(parseTurn(`<think> x\n\`\`\`json\n${list}</think> Action: Object Mapper`).operations).toHaveLength(1)
    expect(parseTurn(turn(`\`\`\`json\n${list}`)).operations).toHaveLength(1)
    expect(parseTurn(turn(`\`\`\`json\n${list}\n\`\`\`\nAnd again:\n\`\`\`\n${list}\n\`\`\``)).operations).toHaveLength(2)
  })

  it('finds thought, tool and answer', () => {
    const answered = parseTurn('<think> it is <answer> A </answer>? no </think> Action: Answer\n<answer> B </answer>')
    expect(answered).toMatchObject({ thought: 'it is <answer> A </answer>? no', toolName: 'Answer', answerText: 'B', action: { kind: 'answer', text: 'B' }, formatOk: true })
    expect(parseTurn('Action: Answer\n<answer> B </answer>')).toMatchObject({ thought: '', answerText: 'B', formatOk: false })
    expect(parseTurn('<think> never closed Action: Answer\n<answer>C')).toMatchObject({ thought: 'never closed', answerText: null, action: { kind: 'none' } })
  })

  it('never throws, whatever the text', () => {
    const pieces = fc.constantFrom(
      '<think>', '</think>', 'Action: ', 'Object Mapper', '```', '```json\n', '[', ']', '{', '}', '(', ')', '"', "'", '\\', ',', ':', '"index"', '"bbox_2d"',
      '"label"', 'start_point_2d', '1', '-2.5e400', 'NaN', 'None', '#', '//', '/*', '<answer>', '</answer>', '\n', '\u2028', '冰', '__proto__'
    )
    const text = fc.oneof(fc.string(), fc.string({ unit: 'binary' }), fc.array(fc.oneof(pieces, fc.string({ maxLength: 4 })), { maxLength: 60 }).map((parts) => parts.join('')))
    fc.assert(fc.property(text, (written) => {
      const { operations, problems } = parseTurn(`\`\`\`json\n${written}`)
      for (const op of operations) expect(op.kind === 'box' ? op.box.every(Number.isFinite) : [...op.start, ...op.end].every(Number.isFinite)).toBe(true)
      expect(problems.every(({ detail }) => typeof detail === 'string')).toBe(true)
      expect(typeof parseTurn(written).thought).toBe('string')
    }), { numRuns: 800 })
  })

  it('survives hostile nesting', () => {
    const { operations } = parseTurn(fenced(`${'['.repeat(50_000)}${']'.repeat(50_000)}`))
    expect(operations).toEqual([])
  })
})
