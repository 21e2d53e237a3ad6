import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { drawNever, drawSoon } from '../../src/renderer/components/drawQueue.ts'

let frames: (() => void)[]
let now: number
let drawn: string[]

/** A chart that takes so many milliseconds to draw. */
const chart = (name: string, ms: number) => (): void => {
  drawn.push(name)
  now += ms
}

/** Runs the next frame; says what was drawn in it. */
function frame(): string[] {
  drawn = []
  frames.shift()?.()
  return drawn
}

beforeEach(() => {
  [frames, now, drawn] = [[], 0, []]
  vi.stubGlobal('requestAnimationFrame', (callback: () => void) => frames.push(callback))
  vi.spyOn(performance, 'now').mockImplementation(() => now)
})
afterEach(() => {
  vi.unstubAllGlobals()
  vi.restoreAllMocks()
})

it('shares charts out over frames by what they take, at least one a frame, each once', () => {
  const [quick, slow, last] = [chart('quick', 2), chart('slow', 20), chart('last', 2)]
  for (const draw of [quick, slow, last, quick]) drawSoon(draw)
  expect([frame(), frame(), frames.length]).toEqual([['quick', 'slow'], ['last'], 0])
})

it('draws nothing that is gone, and asks for a frame again after the last one', () => {
  const [first, gone] = [chart('first', 1), chart('gone', 1)]
  drawSoon(first)
  drawSoon(gone)
  drawNever(gone)
  expect([frame(), frames.length]).toEqual([['first'], 0])
  drawSoon(gone)
  expect([frame(), frames.length]).toEqual([['gone'], 0])
})
