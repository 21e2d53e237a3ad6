import { describe, expect, it } from 'vitest'
import { shortened } from '../../src/renderer/canvas/view/paint.ts'

const measure = (text: string): number => [...text].length * 10

describe('labels on the picture', () => {
  it('stay whole while they fit', () => {
    expect(shortened('red car', 70, measure)).toBe('red car')
  })

  it('are cut where the ellipsis still fits, and not after a space', () => {
    expect(shortened('a red car in the street', 100, measure)).toBe('a red car…')
    expect(shortened('a red car', 70, measure)).toBe('a red…')
  })

  it('lose whole characters, also those of two code units', () => {
    expect(shortened('🚗🚗🚗🚗', 30, measure)).toBe('🚗🚗…')
    expect(shortened('红色汽车在左侧', 40, measure)).toBe('红色汽…')
  })

  it('leave at least the ellipsis where nothing fits', () => {
    expect(shortened('word', 5, measure)).toBe('…')
  })
})
