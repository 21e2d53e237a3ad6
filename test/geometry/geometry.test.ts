import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { coordinatesOf, type CoordinateSpace, type DrawOp } from '#shared/domain/drawOp.ts'
import { boxArea, boxContains, clampBox, normaliseBox } from '#shared/geometry/box.ts'
import { intersectionOverUnion } from '#shared/geometry/iou.ts'
import { distanceToSegment, sameLine } from '#shared/geometry/line.ts'
import { discRuns, lineRuns } from '#shared/geometry/raster.ts'
import { convertOp, roundOp } from '#shared/geometry/space.ts'

const finite = fc.double({ min: -5000, max: 5000, noNaN: true })
const box = fc.tuple(finite, finite, finite, finite)
const side = fc.integer({ min: 1, max: 4000 })
const size = fc.record({ width: side, height: side })
const space = fc.constantFrom<CoordinateSpace>('source', 'model', 'perMille')
const operation: fc.Arbitrary<DrawOp> = fc.oneof(
  fc.record({ kind: fc.constant('box' as const), box, imageIndex: fc.constant(1), label: fc.string(), space }),
  fc.record({ kind: fc.constant('line' as const), start: fc.tuple(finite, finite), end: fc.tuple(finite, finite), imageIndex: fc.constant(1), label: fc.string(), space })
)

describe('coordinate spaces', () => {
  it('convert there and back', () => {
    fc.assert(fc.property(operation, space, size, size, (op, to, source, model) => {
      const back = convertOp(convertOp(op, to, { source, model }), op.space, { source, model })
      expect(back.space).toBe(op.space)
      coordinatesOf(back).forEach((value, i) => expect(value).toBeCloseTo(coordinatesOf(op)[i] ?? NaN, 6))
    }))
  })

  it('scale by the picture they belong to', () => {
    const op: DrawOp = { kind: 'box', imageIndex: 1, box: [10, 20, 100, 50], label: 'a', space: 'source' }
    const sizes = { source: { width: 200, height: 100 }, model: { width: 100, height: 200 } }
    expect(convertOp(op, 'model', sizes)).toEqual({ ...op, box: [5, 40, 50, 100], space: 'model' })
    expect(convertOp(op, 'perMille', sizes)).toEqual({ ...op, box: [50, 200, 500, 500], space: 'perMille' })
    expect(roundOp({ ...op, box: [0.4, 0.5, 1.5, -0.6] }).box).toEqual([0, 1, 2, -1])
  })
})

describe('boxes and lines', () => {
  it('overlap symmetrically, 1 with themselves, 0 apart', () => {
    fc.assert(fc.property(box, box, (a, b) => {
      const shared = intersectionOverUnion(a, b)
      expect(shared).toBeCloseTo(intersectionOverUnion(b, a), 12)
      expect(shared).toBeGreaterThanOrEqual(0)
      expect(shared).toBeLessThanOrEqual(1 + 1e-9)
      if (boxArea(a) > 1e-9) expect(intersectionOverUnion(a, [a[2], a[1], a[0], a[3]])).toBeCloseTo(1, 9)
    }))
    expect(intersectionOverUnion([0, 0, 2, 2], [1, 0, 3, 2])).toBeCloseTo(1 / 3)
    expect(intersectionOverUnion([0, 0, 1, 1], [2, 2, 3, 3])).toBe(0)
    expect(intersectionOverUnion([1, 1, 1, 1], [1, 1, 1, 1])).toBe(0)
  })

  it('are normalised, clamped and hit', () => {
    expect(normaliseBox([9, 1, 2, 8])).toEqual([2, 1, 9, 8])
    expect(clampBox([-5, 4, 50, 60], 40, 30)).toEqual([0, 4, 40, 30])
    expect([boxContains([9, 1, 2, 8], 5, 5), boxContains([9, 1, 2, 8], 1, 5)]).toEqual([true, false])
    expect(distanceToSegment([5, 3], [0, 0], [10, 0])).toBe(3)
    expect(distanceToSegment([13, 4], [0, 0], [10, 0])).toBe(5)
    expect(distanceToSegment([3, 4], [0, 0], [0, 0])).toBe(5)
    expect([sameLine([[0, 0], [9, 9]], [[1, 0], [9, 8]], 1), sameLine([[0, 0], [9, 9]], [[9, 9], [0, 0]], 1)]).toEqual([true, false])
  })
})

describe('pixel runs', () => {
  it("make the reference's disc and stroke", () => {
    expect(discRuns([10, 10], 4, 100, 100).map(({ length }) => length)).toEqual([3, 7, 7, 9, 9, 9, 7, 7, 3])
    expect(lineRuns([10, 50], [20, 50], 4, 100, 100)).toEqual([49, 50, 51, 52].map((y) => ({ x: 10, y, length: 11 })))
    expect(lineRuns([50, 10], [50, 20], 1, 100, 100).map(({ x, length }) => [x, length])).toEqual(Array(11).fill([50, 1]))
    expect(lineRuns([5, 5], [5, 5], 4, 100, 100)).toEqual([])
  })

  it('never leave the picture', () => {
    const wild = fc.oneof(finite, fc.double({ noNaN: true, noDefaultInfinity: true }))
    fc.assert(fc.property(fc.tuple(wild, wild), fc.tuple(wild, wild), fc.integer({ min: 1, max: 9 }), (start, end, width) => {
      for (const run of [...lineRuns(start, end, width, 60, 40), ...discRuns(start, width, 60, 40)]) {
        expect(run.x >= 0 && run.length >= 1 && run.x + run.length <= 60 && run.y >= 0 && run.y < 40).toBe(true)
      }
    }))
  })
})
