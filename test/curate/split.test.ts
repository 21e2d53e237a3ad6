import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Split } from '#shared/domain/datasetItem.ts'
import { DEFAULT_SPLITS, placeItem, splitOfContent } from '#main/curate/split.ts'
import { getItem, insertItems, listItemIds } from '#main/store/items.ts'
import { imageRef, makeItem, temporaryProject } from '../store/fixtures.ts'

describe('splits', () => {
  it('are drawn by content in the asked shares', () => {
    const counts: Record<Split, number> = { train: 0, validation: 0, test: 0 }
    for (let i = 0; i < 4000; i++) counts[splitOfContent(String(i), DEFAULT_SPLITS)]++
    expect(counts.train / 4000).toBeCloseTo(0.8, 1)
    expect(counts.validation / 4000).toBeCloseTo(0.1, 1)
    expect(splitOfContent('x', DEFAULT_SPLITS)).toBe(splitOfContent('x', DEFAULT_SPLITS))
    expect(splitOfContent('x', { seed: 0, train: 0, validation: 0 })).toBe('test')
  })

  it('never share a picture, in whatever order items come', () => {
    fc.assert(fc.property(fc.array(fc.uniqueArray(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 3 }), { maxLength: 12 }), fc.integer(), (pictures, seed) => {
      const project = temporaryProject()
      const policy = { seed, train: 0.4, validation: 0.3 }
      pictures.forEach((seeds, i) => {
        const images = seeds.map((n) => imageRef(n))
        insertItems(project, [makeItem({ question: `${i}?`, images, split: placeItem(project, images.map(({ blob }) => blob), policy) })])
      })
      const splitsOf = new Map<string, Set<Split>>()
      for (const id of listItemIds(project)) {
        const { images, split } = getItem(project, id)
        for (const { blob } of images) splitsOf.set(blob, (splitsOf.get(blob) ?? new Set()).add(split))
      }
      for (const splits of splitsOf.values()) expect(splits.size).toBe(1)
    }), { numRuns: 25 })
  })
})
