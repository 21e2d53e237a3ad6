import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { applyDiff, diffBetween, invertDiff, type RecordMap } from '../../src/renderer/canvas/document/diff.ts'
import { History } from '../../src/renderer/canvas/history/history.ts'

interface Toy { readonly id: string; readonly value: number }

const mapOf = (values: Record<string, number>): RecordMap<Toy> =>
  new Map(Object.entries(values).map(([id, value]) => [id, { id, value }]))
const valuesOf = (document: RecordMap<Toy>): Record<string, number> =>
  Object.fromEntries([...document.values()].map(({ id, value }) => [id, value]))

const toys = fc.dictionary(fc.constantFrom('a', 'b', 'c', 'd', 'e'), fc.integer({ min: 0, max: 9 }), { noNullPrototype: true })

describe('diffs', () => {
  it('lead from one document to the other and back', () => {
    fc.assert(fc.property(toys, toys, (from, to) => {
      const [a, b] = [mapOf(from), mapOf(to)]
      const diff = diffBetween(a, b)
      expect(valuesOf(applyDiff(a, diff))).toEqual(to)
      expect(valuesOf(applyDiff(b, invertDiff(diff)))).toEqual(from)
    }))
  })

  it('refuse to remove what is not there and to add what is', () => {
    const toy = { id: 'a', value: 1 }
    expect(() => applyDiff(mapOf({}), { added: [], removed: [toy], updated: [] })).toThrow(/not in the document/)
    expect(() => applyDiff(mapOf({ a: 1 }), { added: [toy], removed: [], updated: [] })).toThrow(/already in/)
  })
})

describe('history', () => {
  const set = (history: History<Toy>, id: string, value: number, gesture: string | null = null): boolean => {
    const next = new Map(history.document).set(id, { id, value })
    return history.change(diffBetween(history.document, next), gesture)
  }

  it('undoes every edit in turn and redoes it again, whatever the edits', () => {
    fc.assert(fc.property(fc.array(toys, { minLength: 1, maxLength: 12 }), (states) => {
      const history = new History<Toy>(mapOf({}))
      const seen = [valuesOf(history.document)]
      for (const state of states) if (history.change(diffBetween(history.document, mapOf(state)))) seen.push(state)
      for (const state of seen.slice(0, -1).reverse()) {
        expect(history.undo()).not.toBeNull()
        expect(valuesOf(history.document)).toEqual(state)
      }
      expect(history.canUndo).toBe(false)
      for (const state of seen.slice(1)) {
        history.redo()
        expect(valuesOf(history.document)).toEqual(state)
      }
      expect(history.canRedo).toBe(false)
    }))
  })

  it('folds edits of one gesture into one mark until it is settled', () => {
    const history = new History<Toy>(mapOf({ a: 0 }))
    for (const value of [1, 2, 3]) set(history, 'a', value, 'nudge a')
    history.settle()
    set(history, 'a', 4, 'nudge a')
    history.undo()
    expect(valuesOf(history.document)).toEqual({ a: 3 })
    history.undo()
    expect(valuesOf(history.document)).toEqual({ a: 0 })
    expect(history.canUndo).toBe(false)
  })

  it('forgets what was undone once something new is done', () => {
    const history = new History<Toy>(mapOf({}))
    set(history, 'a', 1)
    history.undo()
    set(history, 'b', 2)
    expect(history.canRedo).toBe(false)
    expect(history.redo()).toBeNull()
    expect(valuesOf(history.document)).toEqual({ b: 2 })
  })

  it('keeps the newest marks, as many as their records allow but always one', () => {
    const history = new History<Toy>(mapOf({}))
    const all = ['a', 'b', 'c'].map((id) => ({ id, value: 0 }))
    for (const toy of all) set(history, toy.id, toy.value)
    history.change({ added: [], removed: all, updated: [] })
    const sizes = (limit: number, records?: number): number[] => history.kept(limit, records).done.map(({ added, removed }) => added.length + removed.length)
    expect([sizes(9), sizes(2), sizes(9, 5), sizes(9, 1)]).toEqual([[1, 1, 1, 3], [1, 3], [1, 1, 3], [3]])
  })

  it('does not count an edit that changes nothing', () => {
    const history = new History<Toy>(mapOf({ a: 1 }))
    expect(history.change({ added: [], removed: [], updated: [] })).toBe(false)
    expect(history.canUndo).toBe(false)
  })
})
