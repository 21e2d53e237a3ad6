import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { DrawOp } from '#shared/domain/drawOp.ts'
import { behaviourOf } from '#shared/domain/behaviour.ts'
import { composeReward, scorePath } from '#main/reward/compose.ts'
import { formatScore } from '#main/reward/format.ts'
import { isReferenceReflective, isReflective } from '#main/reward/reflection.ts'
import type { ScoredPath, ScoredStep } from '#main/reward/scoredPath.ts'
import { parseTurn } from '#main/rollout/parse.ts'

const box = (imageIndex: number, label: string, x: number): DrawOp => ({ kind: 'box', imageIndex, box: [x, 0, x + 9, 9], label, space: 'model' })
const line = (imageIndex: number, label: string, x: number): DrawOp => ({ kind: 'line', imageIndex, start: [x, 0], end: [x + 9, 9], label, space: 'model' })

function draws(ops: DrawOp[], observations: [number, number][] = []): ScoredStep {
  return { text: '<think> </think> Action: Object Mapper', action: { kind: 'draw', tool: 'Object Mapper', ops }, problems: [], tokens: null, observations: observations.map(([sourceIndex, newIndex]) => ({ sourceIndex, newIndex })) }
}

function said(text: string): ScoredStep {
  const { action, problems } = parseTurn(text)
  return { text, action, problems, observations: [], tokens: null }
}

const path = (...steps: ScoredStep[]): ScoredPath => ({ steps, answer: null })

describe('reflection', () => {
  it('is the same label, kind and given picture in another step with another geometry', () => {
    expect(isReflective(path(draws([box(1, 'a', 0)], [[1, 2]]), draws([box(2, 'a', 5)])))).toBe(true)
    expect(isReflective(path(draws([line(1, 'a', 0)], [[1, 2]]), draws([line(2, 'a', 5)])))).toBe(true)
    expect(isReflective(path(draws([box(1, 'a', 0)], [[1, 2]]), draws([box(2, 'a', 0)])))).toBe(false)
    expect(isReflective(path(draws([box(1, 'a', 0)], [[1, 2]]), draws([box(2, 'b', 5)])))).toBe(false)
    expect(isReflective(path(draws([box(1, 'a', 0)], [[1, 3]]), draws([box(2, 'a', 5)])))).toBe(false)
    expect(isReflective(path(draws([box(1, 'a', 0)], [[1, 2]]), draws([line(2, 'a', 5)])))).toBe(false)
    expect(isReflective(path(draws([box(1, 'a', 0), box(1, 'a', 5)], [[1, 2]])))).toBe(false)
  })

  it('follows a drawn picture back to the one it came from', () => {
    const chain = path(draws([box(1, 'a', 0)], [[1, 3]]), draws([box(3, 'b', 0)], [[3, 4]]), draws([box(4, 'a', 5)]))
    expect(isReflective(chain)).toBe(true)
  })

  it("differs from the reference's rule: boxes only, any step, any image", () => {
    expect(isReferenceReflective(path(draws([box(1, 'a', 0), box(2, 'a', 5)])))).toBe(true)
    expect(isReferenceReflective(path(draws([line(1, 'a', 0)], [[1, 2]]), draws([line(2, 'a', 5)])))).toBe(false)
  })
})

describe('format', () => {
  const good = '<think> a </think> Action: Object Mapper\n```json\n[{"index": 1, "bbox_2d": [1, 2, 3, 4], "label": "a"}]\n```'
  const end = '<think> a </think> Action: Answer\n<answer> B </answer>'

  it('wants the shape everywhere and one answer, at the end', () => {
    const cases: [string[], number][] = [
      [[good, end], 1], [[end], 1], [[good], 0], [[end, end], 0], [[good.replace('<think> a </think> ', ''), end], 0],
      [[good.replace('"label"', '"name"'), end], 0], [[good.replace(']\n', '\n'), end], 0], [[], 0]
    ]
    for (const [texts, expected] of cases) expect([texts, formatScore(path(...texts.map(said)))]).toEqual([texts, expected])
  })

  it('knows the baselines', () => {
    expect(formatScore(path(said('<think> a </think> <answer> B </answer>')), 'think')).toBe(1)
    expect(formatScore(path(said('<observe> a </observe>\n<answer> B </answer>')), 'observe')).toBe(1)
    expect(formatScore(path(said('<think> a </think> <answer> B </answer>')), 'observe')).toBe(0)
    expect(formatScore(path(said('B')), 'free')).toBe(0)
  })
})

describe('scorePath', () => {
  const question = { questionType: 'multipleChoice' as const, answer: 'B', options: null }
  const end = said('<think> a </think> Action: Answer\n<answer> B </answer>')

  it('adds or halves the two scores behind the gate', () => {
    expect(scorePath(question, { steps: [end], answer: 'B' }, { scale: 'sum', gate: 0 })).toMatchObject({ total: 2, correct: 1, format: 1, extractedAnswer: 'B' })
    expect(scorePath(question, { steps: [end], answer: 'B' }, { scale: 'half', gate: 0 }).total).toBe(1)
    expect(scorePath(question, { steps: [end], answer: 'C' }, { scale: 'sum', gate: 0 })).toMatchObject({ total: 0, correct: 0, format: 1 })
    expect(composeReward(0.4, 1, { scale: 'sum', gate: 0.4 })).toBe(0)
  })

  it('gives an unfinished path nothing and an unscorable one null', () => {
    expect(scorePath(question, { steps: [said('<think> B')], answer: null }, { scale: 'sum', gate: 0 })).toMatchObject({ total: 0, correct: 0, extractedAnswer: null })
    expect(scorePath({ ...question, questionType: 'freeForm' }, { steps: [end], answer: 'B' }, { scale: 'sum', gate: 0 })).toMatchObject({ total: null, correct: null })
  })

  it('stays in range, whatever was written', () => {
    const types = fc.constantFrom('multipleChoice' as const, 'numerical' as const, 'regression' as const, 'vci' as const, 'freeForm' as const)
    const text = fc.oneof(fc.string(), fc.double().map(String), fc.constantFrom('move_left:1', 'B', '-3', '1e400', '0'))
    const scale = fc.constantFrom('sum' as const, 'half' as const)
    fc.assert(fc.property(types, text, text, scale, fc.double({ min: 0, max: 1, noNaN: true }), (questionType, truth, answer, by, gate) => {
      const steps = [said(`<think> </think> Action: Answer\n<answer>${answer}</answer>`)]
      const { total, correct } = scorePath({ questionType, answer: truth, options: null }, { steps, answer }, { scale: by, gate })
      const most = by === 'sum' ? 2 : 1
      expect(total === null || (total >= 0 && total <= most)).toBe(true)
      expect(correct === null || (correct >= 0 && correct <= 1)).toBe(true)
      expect(total === null).toBe(correct === null)
    }), { numRuns: 500 })
  })

  it('counts behaviour', () => {
    const tokens = { promptIds: [1], responseIds: [1, 2, 3], logProbs: [0, 0, 0], entropies: [0, 0, 0] }
    expect(behaviourOf(path(draws([box(1, 'a', 0), line(1, 'a', 0)]), { ...end, tokens }))).toEqual({ steps: 2, boxes: 1, lines: 1, responseTokens: 3 })
  })
})
