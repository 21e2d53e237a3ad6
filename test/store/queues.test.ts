import { describe, expect, it } from 'vitest'
import { TrajectoryFilter } from '#shared/contract/trajectories.ts'
import type { TrajectoryId } from '#shared/domain/ids.ts'
import { confidenceAt, keepPlace, listQueues, moreRows, openWindow } from '#main/store/queues.ts'
import { deleteFilter, listFilters, renameFilter, saveFilter } from '#main/store/savedFilters.ts'
import { insertTrajectory } from '#main/store/trajectories.ts'
import { drawingStep, makeTrajectory } from './fixtures.ts'
import { projectWithPaths, say } from './queueFixtures.ts'

const ann = { reviewer: 'ann' }

describe('a queue', () => {
  it('opens at its start, then where its reviewer left it, and shows rows in both directions', () => {
    const { project, ids } = projectWithPaths(60)
    const newest = [...ids].reverse()
    const first = openWindow(project, ann, 'builtIn:notJudged', 10)
    expect(first).toMatchObject({ offset: 0, total: 60, place: 0, newer: null, judged: 0 })
    expect(first.rows.map(({ id }) => id)).toEqual(newest.slice(0, 10))
    keepPlace(project, 'builtIn:notJudged', 'ann', newest[40] as TrajectoryId)
    const back = openWindow(project, ann, 'builtIn:notJudged', 25)
    expect(back).toMatchObject({ offset: 20, total: 60, place: 40 })
    expect(back.rows.map(({ id }) => id)).toEqual(newest.slice(20, 45))
    const older = moreRows(project, ann, 'older', back.older ?? '', 500)
    expect([older.rows.map(({ id }) => id), older.next]).toEqual([newest.slice(45), null])
    const newer = moreRows(project, ann, 'newer', back.newer ?? '', 15)
    expect(newer.rows.map(({ id }) => id)).toEqual(newest.slice(5, 20))
    expect(moreRows(project, ann, 'newer', newer.next ?? '', 15)).toMatchObject({ rows: newest.slice(0, 5).map((id) => ({ id })), next: null })
    expect(openWindow(project, { reviewer: 'bob' }, 'builtIn:notJudged', 10).place).toBe(0)
    expect(openWindow(project, ann, 'builtIn:disagree', 10).place).toBe(0)
  })

  it('keeps its place when the path there leaves the queue, and stays at its end', () => {
    const { project, ids } = projectWithPaths(30)
    const newest = [...ids].reverse() as [TrajectoryId, ...TrajectoryId[]]
    for (const id of newest.slice(0, 25)) say(project, id, 'ann', { verdict: 'accept' })
    keepPlace(project, 'builtIn:notJudged', 'ann', newest[24] as TrajectoryId)
    const open = { ...ann, judges: 'none' } as const
    expect(openWindow(project, open, 'builtIn:notJudged', 10)).toMatchObject({ total: 5, place: 0, offset: 0 })
    for (const id of newest.slice(26)) say(project, id, 'ann', { verdict: 'reject' })
    keepPlace(project, 'builtIn:notJudged', 'ann', newest[29] as TrajectoryId)
    expect(openWindow(project, open, 'builtIn:notJudged', 10)).toMatchObject({ total: 1, place: 0, rows: [{ id: newest[25] }] })
    say(project, newest[25] as TrajectoryId, 'ann', { verdict: 'reject' })
    expect(openWindow(project, open, 'builtIn:notJudged', 10)).toMatchObject({ total: 0, place: 0, offset: 0, rows: [] })
  })

  it('counts what its reviewer judged', () => {
    const { project, ids } = projectWithPaths(5)
    say(project, ids[0] as TrajectoryId, 'ann', { verdict: 'accept' })
    say(project, ids[1] as TrajectoryId, 'bob', { verdict: 'accept' })
    expect(openWindow(project, ann, null, 10)).toMatchObject({ total: 5, judged: 1 })
    expect(openWindow(project, { reviewer: 'cay' }, null, 10).judged).toBe(0)
  })
})

describe('the list of queues', () => {
  it('holds the built-in ones with their counts, and saved views that can be renamed', async () => {
    const { project, itemId, ids } = projectWithPaths(3)
    const unsure = makeTrajectory(itemId, { steps: [{ ...drawingStep(), tokens: { promptIds: [], responseIds: [1], logProbs: [-3], entropies: [0] } }] })
    for (let i = 0; i < 20; i++) {
      const sure = { ...drawingStep(), tokens: { promptIds: [], responseIds: [1], logProbs: [-0.1 - i / 100], entropies: [0] } }
      insertTrajectory(project, i === 7 ? unsure : makeTrajectory(itemId, { steps: [sure] }))
    }
    say(project, ids[0] as TrajectoryId, 'bob', { verdict: 'reject' })
    saveFilter(project, { target: 'trajectories', name: 'mazes', filter: TrajectoryFilter.parse({ task: 'maze' }) })
    const counts = async () => Object.fromEntries((await listQueues(project, 'ann')).map(({ key, count }) => [key, count]))
    expect(await counts()).toMatchObject({ 'builtIn:notJudged': 22, 'builtIn:secondReview': 1, 'builtIn:disagree': 0, 'saved:mazes': 23, 'builtIn:formatFailed': 0 })
    const threshold = confidenceAt(project, 0.1)
    expect((await counts())['builtIn:unsure']).toBe(2)
    expect(threshold).toBeGreaterThan(Math.exp(-3))
    keepPlace(project, 'saved:mazes', 'ann', ids[2] as TrajectoryId)
    renameFilter(project, 'trajectories', 'mazes', 'labyrinths')
    expect(openWindow(project, { ...ann, task: 'maze' }, 'saved:labyrinths', 10).place).toBe(20)
    saveFilter(project, { target: 'trajectories', name: 'other', filter: TrajectoryFilter.parse({}) })
    expect(() => renameFilter(project, 'trajectories', 'other', 'labyrinths')).toThrow(expect.objectContaining({ code: 'conflict' }))
    expect(() => renameFilter(project, 'trajectories', 'mazes', 'x')).toThrow(expect.objectContaining({ code: 'not_found' }))
    deleteFilter(project, 'trajectories', 'labyrinths')
    expect(listFilters(project, 'trajectories').map(({ name }) => name)).toEqual(['other'])
    expect(openWindow(project, { ...ann, task: 'maze' }, 'saved:labyrinths', 10).place).toBe(0)
  })

  it('has no threshold before anything was sampled', () => {
    expect(confidenceAt(projectWithPaths(2).project, 0.1)).toBeNull()
  })
})
