import { describe, expect, it } from 'vitest'
import { TrajectoryId } from '#shared/domain/ids.ts'
import { generateItems, type GenerateOptions } from '#main/curate/generate.ts'
import { getItem, listItemIds } from '#main/store/items.ts'
import { getTrajectory, listTrajectories } from '#main/store/trajectories.ts'
import { temporaryProject } from '../store/fixtures.ts'

const request = (change: Partial<GenerateOptions> = {}): GenerateOptions => ({
  generator: 'maze', count: 12, seed: 1, split: 'train', teacherPaths: true, reflectiveShare: 0.5, ...change
})

const content = (project: ReturnType<typeof temporaryProject>) => listItemIds(project).map((id) => {
  const { question, answer, images, truth, origin } = getItem(project, id)
  return { question, answer, blob: images[0]?.blob, truth, origin }
})

describe('generating into a project', () => {
  it('stores items, pictures, paths and rewards: all right, some reflective', async () => {
    const project = temporaryProject()
    expect(await generateItems(project, request())).toMatchObject({ items: 12, paths: 12 })
    const { rows } = listTrajectories(project)
    expect(rows).toHaveLength(12)
    for (const row of rows) expect(row).toMatchObject({ originKind: 'teacher', finishReason: 'answered', reward: { total: 2 } })
    const reflective = rows.filter(({ reward }) => reward?.reflective === true)
    expect(reflective.length).toBeGreaterThan(1)
    expect(reflective.length).toBeLessThan(11)
    for (const { id } of reflective) {
      const { steps, origin } = getTrajectory(project, TrajectoryId.parse(id))
      expect(origin).toMatchObject({ teacher: 'scripted reflective' })
      expect(steps.filter(({ mistake }) => mistake)).toHaveLength(1)
    }
  })

  it('gives the same project interrupted or not', async () => {
    const whole = temporaryProject()
    await generateItems(whole, request({ count: 70 }))
    const broken = temporaryProject()
    const stop = new AbortController()
    await expect(generateItems(broken, request({ count: 70, signal: stop.signal, onProgress: () => stop.abort() }))).rejects.toMatchObject({ code: 'cancelled' })
    const before = listItemIds(broken).length
    expect(before).toBeGreaterThan(0)
    expect(before).toBeLessThan(70)
    expect(await generateItems(broken, request({ count: 70 }))).toMatchObject({ items: 70 - before })
    expect(content(broken)).toEqual(content(whole))
    expect(await generateItems(broken, request({ count: 70 }))).toMatchObject({ items: 0, paths: 0 })
  })

  it('never puts one question into two splits', async () => {
    const project = temporaryProject()
    await generateItems(project, request({ teacherPaths: false, generator: 'count' }))
    await generateItems(project, request({ teacherPaths: false, generator: 'count', split: 'test' }))
    const found = content(project)
    expect(found).toHaveLength(24)
    expect(new Set(found.map(({ question, blob }) => `${question} ${blob}`)).size).toBe(24)
    expect(listTrajectories(project).total).toBe(0)
  })
})
