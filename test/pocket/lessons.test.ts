import { describe, expect, it } from 'vitest'
import { generateItem } from '#main/curate/synthetic/generate.ts'
import type { Draw, Lesson } from '../../scripts/pocket/lessons/lesson.ts'
import { lessonAt } from '../../scripts/pocket/lessons/mix.ts'

const copy: Draw = (image) => ({ ...image, data: image.data.slice() })

const lessons = Array.from({ length: 400 }, (_, i) => lessonAt(7, i, copy))
const exchanges = lessons.flatMap(({ turns }) => turns)

describe('base lessons', () => {
  it('are the same for the same seed and index', () => {
    expect(lessonAt(7, 123, copy)).toEqual(lessons[123])
    expect(lessonAt(8, 123, copy)).not.toEqual(lessons[123])
  })

  it('never hold a maze, relation or count question, nor a drawing turn or an answer tag', () => {
    for (const { user, assistant } of exchanges) {
      expect(user).not.toMatch(/Which letter\?|How many|left or right|above or below|closer/)
      expect(assistant).not.toMatch(/<think>|<answer>|```/)
    }
  })

  it('say what every cell of every picture holds', () => {
    const told = ({ turns, contents }: Lesson) => {
      expect(contents).toHaveLength(turns.flatMap(({ images }) => images).length)
      for (const cells of contents) expect(cells.every(({ word }) => /^[A-D]$|^[a-z]+$/.test(word))).toBe(true)
      return contents.flat().length
    }
    expect(lessons.filter((lesson) => told(lesson) === 16).length).toBeGreaterThan(200)
  })

  it('mark exactly one picture in the text of a turn that has one', () => {
    for (const { user, images } of exchanges) expect(user.split('<image>').length - 1).toBe(images.length)
  })

  it('answer where a thing is with the box that the generators call the truth', () => {
    const asked = exchanges.filter(({ user }) => /Where is the (red|blue|green|yellow|purple|orange) /.test(user))
    expect(asked.length).toBeGreaterThan(100)
    const boxes = new Set(generateItem('count', 1, 0, { counted: [9, 9] }).truth.map((op) => (op.kind === 'box' ? op.box[0] : -1)))
    for (const { assistant } of asked) expect(boxes).toContain((JSON.parse(assistant) as number[])[0])
  })
})
