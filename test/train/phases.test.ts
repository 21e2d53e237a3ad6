import { afterEach, expect, test, vi } from 'vitest'
import { Phases } from '#main/train/phases.ts'

let now = 0
vi.spyOn(performance, 'now').mockImplementation(() => now)
afterEach(() => { now = 0 })

const pass = (seconds: number): void => { now += 1000 * seconds }

test('a phase inside another counts for itself alone, so that phases add up', async () => {
  const phases = new Phases()
  await phases.time('rollout', async () => {
    pass(2)
    phases.timeSync('score', () => pass(1))
    await phases.time('score', () => pass(0.5))
    pass(3)
  })
  expect(phases.of('rollout')).toBe(5)
  expect(phases.take()).toEqual({ secondsRollout: 5, secondsScore: 1.5 })
})

test('each step starts from nothing, and a failure counts too', async () => {
  const phases = new Phases()
  await phases.time('update', () => pass(1))
  phases.take()
  await expect(phases.time('oldLogProb', () => {
    pass(4)
    throw new RangeError('no')
  })).rejects.toThrow('no')
  expect(phases.take()).toEqual({ secondsOldLogProb: 4 })
})
