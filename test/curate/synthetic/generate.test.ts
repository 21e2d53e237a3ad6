import { describe, expect, it } from 'vitest'
import { coordinatesOf } from '#shared/domain/drawOp.ts'
import { generateItem } from '#main/curate/synthetic/generate.ts'
import type { GeneratorName } from '#main/curate/synthetic/syntheticItem.ts'
import { GENERATORS } from '#main/curate/synthetic/syntheticItem.ts'

const many = (name: GeneratorName, count = 200, seed = 3) => Array.from({ length: count }, (_, i) => generateItem(name, seed, i))

const pixelAt = (item: { image: { width: number; data: Uint8Array } }, x: number, y: number) =>
  [...item.image.data.subarray((y * item.image.width + x) * 3, (y * item.image.width + x) * 3 + 3)]

/** Objects of a fenced turn. */
function drawn(text: string): Record<string, unknown>[] {
  const body = /```json\n(.*)\n```$/s.exec(text)?.[1]
  return body === undefined ? [] : (JSON.parse(body) as Record<string, unknown>[])
}

describe.each(GENERATORS)('generator %s', (name) => {
  it('gives the same item for the same seed and index, whatever came before', () => {
    const again = generateItem(name, 3, 57)
    const one = many(name, 58)[57]
    expect(one?.question).toBe(again.question)
    expect(one?.image.data).toEqual(again.image.data)
    expect(one?.teacher('reflective', 9)).toEqual(again.teacher('reflective', 9))
  })

  it('differs between indices and seeds', () => {
    const questions = new Set([...many(name, 100), ...many(name, 100, 4)].map((item) => item.question + item.image.data.join()))
    expect(questions.size).toBe(200)
  })

  it('keeps truth inside the picture and answers among the options', () => {
    for (const item of many(name)) {
      for (const op of item.truth) for (const value of coordinatesOf(op)) expect(value >= 0 && value < 112).toBe(true)
      if (item.options !== null) expect(item.options).toContain(item.answer)
    }
  })

  it('teaches plain paths that draw exactly the ground truth and then answer', () => {
    for (const item of many(name)) {
      const steps = item.teacher('plain', 1)
      const objects = steps.flatMap(({ text }) => drawn(text))
      const numbers = objects.map((o) => o['bbox_2d'] ?? [o['start_point_2d'], o['end_point_2d']].flat())
      expect(numbers).toEqual(item.truth.map(coordinatesOf))
      expect(objects.map(({ label }) => label)).toEqual(item.truth.map(({ label }) => label))
      expect(steps.at(-1)?.text).toMatch(new RegExp(`Action: Answer\n<answer> ${item.answer} </answer>$`))
      expect(steps.some(({ mistake }) => mistake)).toBe(false)
    }
  })

  it('teaches reflective paths: one mistake, then the right shape under the same label on the next picture', () => {
    for (const item of many(name)) {
      const steps = item.teacher('reflective', 5)
      const slip = steps.findIndex(({ mistake }) => mistake)
      expect(steps.filter(({ mistake }) => mistake)).toHaveLength(1)
      const fixed = drawn(steps[slip + 1]?.text ?? '')
      const wrong = drawn(steps[slip]?.text ?? '').find(({ label }) => label === fixed[0]?.['label'])
      expect(fixed).toHaveLength(1)
      expect(fixed[0]?.['index']).toBe(slip + 2)
      expect({ ...wrong, index: slip + 2 }).not.toEqual(fixed[0])
      const truth = item.truth.find(({ label }) => label === fixed[0]?.['label'])
      expect(fixed[0]?.['bbox_2d'] ?? [fixed[0]?.['start_point_2d'], fixed[0]?.['end_point_2d']].flat()).toEqual(truth && coordinatesOf(truth))
    }
  })

  it('spreads its answers', () => {
    const counts = new Map<string, number>()
    for (const { answer } of many(name, 600).filter(({ tags }) => !tags.includes('closer'))) counts.set(answer, (counts.get(answer) ?? 0) + 1)
    const shares = [...counts.values()].map((count) => count / 600)
    const fair = name === 'maze' ? 1 / 4 : name === 'count' ? 1 / 5 : 0.7 / 4
    expect(shares.every((share) => Math.abs(share - fair) < 0.07)).toBe(true)
  })

  it('also fills pictures of 168 pixels', () => {
    const item = generateItem(name, 1, 0, { side: 168 })
    expect([item.image.width, item.image.height, item.image.data.length]).toEqual([168, 168, 168 * 168 * 3])
  })
})

describe('pictures', () => {
  it('carry a faint cue of place: red falls to the right, green to the bottom', () => {
    const image = generateItem('count', 1, 0).image
    expect(pixelAt({ image }, 0, 0)).toEqual([250, 250, 250])
    expect(pixelAt({ image }, 111, 111)).toEqual([190, 190, 250])
  })

  it('show what a maze says: a dot where the first line starts, the answer where the last ends', () => {
    for (const item of many('maze', 50)) {
      const lines = item.truth.map(coordinatesOf)
      const [x, y] = lines[0] ?? [0, 0]
      expect(pixelAt(item, x, y)).toEqual([0, 0, 0])
      const [, , endX = 0, endY = 0] = lines.at(-1) ?? []
      const colours: Record<string, number[]> = { A: [220, 40, 40], B: [40, 70, 220], C: [30, 160, 60], D: [245, 130, 20] }
      expect(pixelAt(item, endX - 8, endY - 8)).toEqual(colours[item.answer])
    }
  })

  it('hold as many shapes of the asked colour as the count says', () => {
    for (const item of many('count', 50)) {
      const asked = pixelAt(item, (item.truth[0] && coordinatesOf(item.truth[0])[0] + 10) ?? 0, (item.truth[0] && coordinatesOf(item.truth[0])[1] + 10) ?? 0)
      let cells = 0
      for (let i = 0; i < 16; i++) cells += `${pixelAt(item, (i % 4) * 28 + 14, Math.floor(i / 4) * 28 + 14)}` === `${asked}` ? 1 : 0
      expect(item.answer).toBe(`${cells}`)
      expect(item.truth).toHaveLength(cells)
    }
  })
})

describe('options', () => {
  it('are refused outside their range', () => {
    expect(() => generateItem('maze', 1, 0, { moves: [3, 2] })).toThrow('moves [3, 2]')
    expect(() => generateItem('count', 1, 0, { counted: [0, 2] })).toThrow('counted [0, 2]')
    expect(() => generateItem('count', 1, 0, { side: 100 as 112 })).toThrow('side 100')
  })
})
