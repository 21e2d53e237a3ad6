import { describe, expect, it } from 'vitest'
import { type Grid, RotaryTable, tokenPositions } from '#main/model/families/positions.ts'
import { patchRotary, sliceSegments, windowSegments, windowsOf } from '#main/model/families/visionLayout.ts'

const LAYOUT = { patchSize: 14, mergeSize: 2, windowSize: 112 }
const SETTINGS = { imagePad: 9, mergeSize: 2 }

/** transformers' get_window_index, spelled as there: pad the index grid to whole windows with -100, cut, drop the padding. */
function referenceWindowIndex(rows: number, columns: number): number[] {
  const [padR, padC] = [4 - (rows % 4), 4 - (columns % 4)]
  const index: number[] = []
  for (let wr = 0; wr < (rows + padR) / 4; wr++) {
    for (let wc = 0; wc < (columns + padC) / 4; wc++) {
      for (let k = 0; k < 16; k++) {
        const [r, c] = [wr * 4 + Math.floor(k / 4), wc * 4 + (k % 4)]
        if (r < rows && c < columns) index.push(r * columns + c)
      }
    }
  }
  return index
}

describe('vision layout', () => {
  it.each([[4, 4], [5, 7], [1, 9], [1, 1], [8, 4]])('windows of %i x %i cells concatenate to the reference order', (rows, columns) => {
    expect(windowsOf([1, 2 * rows, 2 * columns], LAYOUT).flat()).toEqual(referenceWindowIndex(rows, columns))
  })

  it('cuts 5 x 7 cells into windows of 16, 12, 4 and 3 cells', () => {
    expect(windowsOf([1, 10, 14], LAYOUT).map((cells) => cells.length)).toEqual([16, 12, 4, 3])
  })

  it('leads every patch to its place and back, padding masked', () => {
    const grids: Grid[] = [[1, 10, 14], [2, 2, 18]]
    const patches = 140 + 72
    for (const table of [windowSegments(grids, LAYOUT), sliceSegments(grids)]) {
      expect(table.inverse).toHaveLength(patches)
      table.inverse.forEach((place, patch) => {
        expect(table.index[place]).toBe(patch)
        expect(table.bias[place]).toBe(0)
      })
      expect(table.bias.filter((value) => value === 0)).toHaveLength(patches)
    }
    expect(sliceSegments(grids).count).toBe(3)
  })

  it('turns a patch by its row and column in merge-group order', () => {
    const { cos, sin } = patchRotary([[1, 4, 4]], 8, 2)
    // Patch 6: second group of the first row of groups, third of the group: row 1, column 2.
    const angles = Array.from({ length: 4 }, (_, i) => Math.atan2(sin[6 * 4 + i] ?? 0, cos[6 * 4 + i] ?? 0))
    angles.forEach((angle, i) => expect(angle).toBeCloseTo([1, 0.01, 2, 0.02][i] as number, 6))
  })
})

describe('token positions', () => {
  it('walks text, image, text, image', () => {
    // Two text tokens, 2 x 3 cells, one text token, 1 x 1 cell, one text token.
    const ids = [1, 2, 9, 9, 9, 9, 9, 9, 3, 9, 4]
    const { t, h, w, next } = tokenPositions(ids, [[1, 4, 6], [1, 2, 2]], SETTINGS)
    expect([...t]).toEqual([0, 1, 2, 2, 2, 2, 2, 2, 5, 6, 7])
    expect([...h]).toEqual([0, 1, 2, 2, 2, 3, 3, 3, 5, 6, 7])
    expect([...w]).toEqual([0, 1, 2, 3, 4, 2, 3, 4, 5, 6, 7])
    expect(next).toBe(8)
  })

  it('continues where an earlier part ended', () => {
    const whole = tokenPositions([1, 9, 9, 2, 9, 3], [[1, 2, 4], [1, 2, 2]], SETTINGS)
    const head = tokenPositions([1, 9, 9], [[1, 2, 4]], SETTINGS)
    const tail = tokenPositions([2, 9, 3], [[1, 2, 2]], SETTINGS, head.next)
    expect([...head.w, ...tail.w]).toEqual([...whole.w])
    expect(tail.next).toBe(whole.next)
  })

  it('refuses placeholders that do not match the images', () => {
    expect(() => tokenPositions([9, 9, 1], [[1, 2, 6]], SETTINGS)).toThrow(/image 1 needs 3 placeholders, the tokens hold 2/)
    expect(() => tokenPositions([9], [], SETTINGS)).toThrow(/more images than the 0 given/)
    expect(() => tokenPositions([1], [[1, 2, 2]], SETTINGS)).toThrow(/1 images given, the tokens hold 0/)
  })

  it('reads each rotary frequency from the axis of its section', () => {
    const table = new RotaryTable(8, 10000, [1, 1, 2])
    const [cos, sin] = [new Float32Array(8), new Float32Array(8)]
    table.write({ t: Int32Array.of(0, 3), h: Int32Array.of(0, 5), w: Int32Array.of(0, 7), next: 8 }, cos, sin, 0)
    const angles = [3, 5 * 0.1, 7 * 0.01, 7 * 0.001]
    angles.forEach((angle, i) => {
      expect(cos[4 + i]).toBeCloseTo(Math.cos(angle), 6)
      expect(sin[4 + i]).toBeCloseTo(Math.sin(angle), 6)
      expect(cos[i]).toBe(1)
    })
    expect(() => new RotaryTable(8, 10000, [1, 1, 1])).toThrow(/do not add up/)
  })
})
