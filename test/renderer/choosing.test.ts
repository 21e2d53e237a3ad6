import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { coordinatesOf, type DrawOp } from '#shared/domain/drawOp.ts'
import { moveAllBy, spanOf } from '../../src/renderer/canvas/tools/adjust.ts'
import { Choosing, toggled } from '../../src/renderer/canvas/tools/choosing.ts'
import { shapesTouching } from '../../src/renderer/canvas/tools/hit.ts'

const box = (four: [number, number, number, number]): DrawOp => ({ kind: 'box', imageIndex: 1, box: four, label: '', space: 'model' })
const line = (start: [number, number], end: [number, number]): DrawOp => ({ kind: 'line', imageIndex: 1, start, end, label: '', space: 'model' })
const shapes = [
  { id: 'room', op: box([0, 0, 100, 80]) }, { id: 'cup', op: box([20, 20, 30, 30]) }, { id: 'door', op: box([60, 50, 40, 20]) }, { id: 'way', op: line([70, 10], [90, 70]) }
]
const at = (x: number, y: number): { x: number; y: number } => ({ x, y })
const SLIP = 2
const free = (span: [number, number, number, number]): [number, number, number, number] => span

/** Draws a rectangle from one place to another and lets go. */
function surround(from: [number, number], to: [number, number], chosen: readonly string[] = [], adding = false, hit: string | null = null): readonly string[] {
  const choosing = new Choosing()
  choosing.surround(at(...from), chosen, adding, hit)
  choosing.move(at(...to), SLIP, free)
  const outcome = choosing.end(shapes, SLIP)
  return outcome?.kind === 'chosen' ? outcome.ids : []
}

describe('a rectangle drawn around shapes', () => {
  it('chooses what it touches, drawn in any direction, but no box that only surrounds it', () => {
    expect(surround([15, 15], [45, 35])).toEqual(['cup', 'door'])
    expect(surround([45, 35], [15, 15])).toEqual(['cup', 'door'])
    expect(surround([-5, 40], [5, 60])).toEqual(['room'])
    expect(surround([-5, -5], [105, 85])).toEqual(['room', 'cup', 'door', 'way'])
    expect(surround([31, 31], [39, 79])).toEqual([])
  })

  it('meets a line only where the line is', () => {
    expect(surround([78, 30], [82, 44])).toEqual(['way'])
    expect(surround([84, 12], [95, 30])).toEqual([])
  })

  it('adds to what is chosen while Shift is held, and takes its place otherwise', () => {
    expect(surround([15, 15], [35, 35], ['way'], true)).toEqual(['way', 'cup'])
    expect(surround([15, 15], [35, 35], ['cup', 'way'], true)).toEqual(['cup', 'way'])
    expect(surround([15, 15], [35, 35], ['way'])).toEqual(['cup'])
  })

  it('is a press when it is too small: with Shift on a shape that one goes in or out, on nothing all stay', () => {
    expect(surround([25, 25], [26, 26], ['way'], true, 'cup')).toEqual(['way', 'cup'])
    expect(surround([25, 25], [26, 26], ['cup', 'way'], true, 'cup')).toEqual(['way'])
    expect(surround([-9, -9], [-8, -8], ['cup', 'way'], true)).toEqual(['cup', 'way'])
    expect(surround([-9, -9], [-8, -8], ['cup', 'way'])).toEqual([])
  })

  it('finds every shape with a corner or an end in it', () => {
    const number = fc.integer({ min: 0, max: 60 })
    fc.assert(fc.property(fc.boolean(), number, number, number, number, fc.tuple(number, number, number, number), (isBox, x1, y1, x2, y2, area) => {
      const op = isBox ? box([x1, y1, x2, y2]) : line([x1, y1], [x2, y2])
      const [left, right] = [Math.min(area[0], area[2]), Math.max(area[0], area[2])]
      const [top, bottom] = [Math.min(area[1], area[3]), Math.max(area[1], area[3])]
      const inside = ([[x1, y1], [x2, y2]] as const).some(([x, y]) => x >= left && x <= right && y >= top && y <= bottom)
      if (inside) expect(shapesTouching([{ op }], area)).toHaveLength(1)
      const apart = Math.max(x1, x2) < left || Math.min(x1, x2) > right || Math.max(y1, y2) < top || Math.min(y1, y2) > bottom
      if (apart) expect(shapesTouching([{ op }], area)).toEqual([])
    }))
  })
})

describe('several shapes carried', () => {
  const [cup, door] = [shapes[1], shapes[2]].map((shape) => shape?.op ?? box([0, 0, 1, 1])) as [DrawOp, DrawOp]

  function carrying(): Choosing {
    const choosing = new Choosing()
    choosing.carry(at(25, 25), 'cup', [cup, door])
    return choosing
  }

  it('go as far as the rectangle around them snaps', () => {
    const choosing = carrying()
    expect(choosing.move(at(35, 25), SLIP, ([x1, y1, x2, y2]) => [x1 + 3, y1 - 1, x2 + 3, y2 - 1])).toBe(true)
    expect(choosing.by).toEqual(at(13, -1))
    expect(choosing.end(shapes, SLIP)).toEqual({ kind: 'carried', by: at(13, -1) })
    expect([choosing.by, choosing.end(shapes, SLIP)]).toEqual([at(0, 0), null])
  })

  it('stay where they are for a press, which chooses the one under it alone', () => {
    const choosing = carrying()
    choosing.move(at(26, 26), SLIP, free)
    expect(choosing.end(shapes, SLIP)).toEqual({ kind: 'chosen', ids: ['cup'] })
  })

  it('stay where they are when the gesture is broken off', () => {
    const choosing = carrying()
    choosing.move(at(60, 60), SLIP, free)
    expect([choosing.cancel(), choosing.cancel(), choosing.end(shapes, SLIP)]).toEqual([true, false, null])
  })

  it('keep their sizes and places among each other at the edge of the picture', () => {
    const number = fc.integer({ min: 0, max: 60 })
    const op = fc.tuple(fc.boolean(), number, number, number, number).map(([isBox, x1, y1, x2, y2]) => isBox ? box([x1, y1, x2, y2]) : line([x1, y1], [x2, y2]))
    fc.assert(fc.property(fc.array(op, { minLength: 1, maxLength: 5 }), fc.integer({ min: -99, max: 99 }), fc.integer({ min: -99, max: 99 }), (ops, dx, dy) => {
      const moved = moveAllBy(ops, dx, dy, { width: 60, height: 60 })
      const steps = new Set(moved.map((each, i) => coordinatesOf(each).map((value, k) => value - (coordinatesOf(ops[i] ?? each)[k] ?? NaN)).join()))
      expect(steps.size).toBe(1)
      const [left, top, right, bottom] = spanOf(moved)
      expect([left >= 0, top >= 0, right <= 60, bottom <= 60]).toEqual([true, true, true, true])
    }))
  })
})

it('one more shape comes last, and goes again', () => {
  expect(toggled(['a', 'b'], 'c')).toEqual(['a', 'b', 'c'])
  expect(toggled(['a', 'b'], 'a')).toEqual(['b'])
})
