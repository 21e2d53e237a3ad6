import { describe, expect, it } from 'vitest'
import type { Sampling } from '#shared/domain/trajectory.ts'
import type { TurnGenerator, TurnRequest } from '#main/rollout/turn.ts'
import { isRight, measureGrounding } from '../../scripts/pocket/grounding.ts'

describe('a grounding answer', () => {
  it('is right as a box above IoU 0.5, and only with four numbers', () => {
    expect(isRight('box', '[6, 6, 26, 26]', '[4, 4, 24, 24]')).toBe(true)
    expect(isRight('box', '[14, 14, 34, 34]', '[4, 4, 24, 24]')).toBe(false)
    expect(isRight('box', '[4, 4, 24]', '[4, 4, 24, 24]')).toBe(false)
  })

  it('is right as a point within half a cell of both coordinates', () => {
    expect(isRight('point', '[28, 0]', '[14, 14]')).toBe(true)
    expect(isRight('point', '[29, 14]', '[14, 14]')).toBe(false)
  })

  it('is right as words only when they are the same', () => {
    expect(isRight('name', ' It is red circle ', 'It is red circle')).toBe(true)
    expect(isRight('name', 'It is red square', 'It is red circle')).toBe(false)
  })
})

describe('measuring', () => {
  it('asks each question on its own with its picture, and counts by kind', async () => {
    const asked: TurnRequest[] = []
    const closed = new Set<number>()
    const silent: TurnGenerator = {
      generate: (requests: readonly TurnRequest[], sampling: Sampling) => {
        expect(sampling.temperature).toBe(0)
        asked.push(...requests)
        return Promise.resolve(requests.map(() => ({ text: '', promptIds: [], responseIds: [], logProbs: [], entropies: [], ending: 'stop' as const })))
      },
      close: (conversation) => void closed.add(conversation)
    }
    const found = await measureGrounding(silent, 60, (image) => image)
    expect(asked.every(({ user }) => user.text.split('<image>').length - 1 === user.images.length)).toBe(true)
    expect(closed.size).toBe(60)
    const tallies = Object.values(found)
    expect(tallies.reduce((sum, { asked: count }) => sum + count, 0)).toBe(60)
    expect(tallies.every(({ right }) => right === 0)).toBe(true)
  })
})
