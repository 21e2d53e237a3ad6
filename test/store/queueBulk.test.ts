import { describe, expect, it, vi } from 'vitest'
import type { TrajectoryId } from '#shared/domain/ids.ts'
import { applyBulkReview, lastBatch, previewBulkReview, undoBulkReview } from '#main/store/reviewBulk.ts'
import { listReviews, rejectedSteps } from '#main/store/reviews.ts'
import { listTrajectories, listTrajectoryIds } from '#main/store/trajectories.ts'
import { projectWithPaths, say } from './queueFixtures.ts'

const ann = { reviewer: 'ann' }

describe('a word on the whole query', () => {
  it('is told before it is said, keeps what was said beside it, and is taken back as one', async () => {
    const { project, ids } = projectWithPaths(250)
    const [accepted, rejected, noted] = ids as [TrajectoryId, TrajectoryId, TrajectoryId]
    say(project, accepted, 'ann', { verdict: 'accept' })
    say(project, rejected, 'ann', { verdict: 'reject' })
    say(project, noted, 'ann', { comment: 'hm', steps: [{ step: 0, verdict: 'reject', comment: '' }] })
    say(project, noted, 'bob', { verdict: 'reject' })
    const verdicts = (reviewer: string) => Object.groupBy(listTrajectories(project, { reviewer }, { limit: 500 }).rows, ({ verdict }) => verdict ?? 'none')

    const preview = await previewBulkReview(project, ann, 'accept')
    expect(preview).toMatchObject({ paths: 250, changed: 249, accepted: 1, rejected: 1 })
    expect(preview.examples).toHaveLength(5)
    const batch = await applyBulkReview(project, ann, 'accept')
    expect(batch).toMatchObject({ reviewer: 'ann', action: 'accept', changed: 249 })
    expect(verdicts('ann')['accept']).toHaveLength(250)
    expect(listReviews(project, accepted)).toHaveLength(1)
    expect(listReviews(project, noted).at(-1)).toMatchObject({ reviewer: 'ann', verdict: 'accept', comment: 'hm', steps: [{ step: 0, verdict: 'reject' }] })
    expect(rejectedSteps(project, noted)).toEqual([0])
    expect(listTrajectoryIds(project, { disagree: true })).toEqual([noted])
    expect(lastBatch(project, 'ann')).toEqual(batch)
    expect(lastBatch(project, 'bob')).toBeNull()

    const since = ids[100] as TrajectoryId
    say(project, since, 'ann', { verdict: 'reject' })
    expect(await undoBulkReview(project, batch.id, 'ann')).toEqual({ undone: 248, left: 1 })
    const after = verdicts('ann')
    expect([after['accept']?.map(({ id }) => id), after['reject']?.map(({ id }) => id), after['none']?.length]).toEqual([[accepted], [since, rejected], 247])
    expect(listReviews(project, noted).at(-1)).toMatchObject({ verdict: null, comment: 'hm', steps: [{ step: 0, verdict: 'reject' }] })
    expect(lastBatch(project, 'ann')).toBeNull()
    await expect(undoBulkReview(project, batch.id, 'bob')).rejects.toMatchObject({ code: 'not_found' })
  })

  it('reaches only what the filter lets through, also where the word changes that', async () => {
    const { project, ids } = projectWithPaths(8)
    for (const id of ids.slice(0, 3)) say(project, id, 'bob', { verdict: 'reject' })
    const open = { ...ann, judges: 'none' } as const
    expect(await applyBulkReview(project, open, 'reject')).toMatchObject({ changed: 5 })
    expect(await previewBulkReview(project, open, 'reject')).toMatchObject({ paths: 0, changed: 0, examples: [] })
    expect(listTrajectoryIds(project, { ...ann, mine: 'judged' })).toEqual(ids.slice(3))
  })

  it('marks reflection and clears verdicts and marks', async () => {
    const { project, ids } = projectWithPaths(4)
    say(project, ids[0] as TrajectoryId, 'ann', { verdict: 'accept', comment: 'good' })
    expect(await applyBulkReview(project, ann, 'markReflective')).toMatchObject({ changed: 4 })
    expect(await applyBulkReview(project, ann, 'markReflective')).toMatchObject({ changed: 0 })
    expect(listTrajectoryIds(project, { reflective: true })).toEqual(ids)
    expect(await previewBulkReview(project, ann, 'clear')).toMatchObject({ paths: 4, changed: 4, accepted: 1 })
    const cleared = await applyBulkReview(project, ann, 'clear')
    expect(listTrajectories(project, ann).rows.map(({ verdict, markedReflective }) => [verdict, markedReflective])).toEqual(ids.map(() => [null, null]))
    expect(listTrajectoryIds(project, { commented: true })).toEqual([ids[0]])
    expect(await undoBulkReview(project, cleared.id, 'ann')).toEqual({ undone: 4, left: 0 })
    expect(listTrajectories(project, ann).rows.map(({ verdict, markedReflective }) => [verdict, markedReflective])).toEqual([...ids.slice(1).map(() => [null, true]), ['accept', true]])
  })

  it('keeps what was done before it was stopped, which can be undone', async () => {
    const { project, ids } = projectWithPaths(300)
    const stop = new AbortController()
    const transaction = project.transaction.bind(project)
    vi.spyOn(project, 'transaction').mockImplementationOnce((work, options) => {
      stop.abort()
      return transaction(work, options)
    })
    await expect(applyBulkReview(project, ann, 'accept', { signal: stop.signal })).rejects.toMatchObject({ name: 'AbortError' })
    const batch = lastBatch(project, 'ann')
    expect(batch?.changed).toBe(listTrajectoryIds(project, { verdict: 'accept' }).length)
    expect(batch?.changed).toBeLessThan(ids.length)
    const again = new AbortController()
    const { id, changed } = await applyBulkReview(project, ann, 'accept')
    await expect(undoBulkReview(project, id, 'ann', { signal: again.signal, onProgress: () => { again.abort() } })).rejects.toMatchObject({ name: 'AbortError' })
    const rest = lastBatch(project, 'ann')
    expect([rest?.id, (rest?.changed ?? 0) < changed, (rest?.changed ?? 0) > 0]).toEqual([id, true, true])
    expect(await undoBulkReview(project, id, 'ann')).toEqual({ undone: rest?.changed, left: 0 })
    expect(await undoBulkReview(project, batch?.id ?? '', 'ann')).toEqual({ undone: batch?.changed, left: 0 })
    expect(listTrajectoryIds(project, { verdict: 'none' })).toHaveLength(300)
  })
})
