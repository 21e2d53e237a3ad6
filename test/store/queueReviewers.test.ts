import { describe, expect, it } from 'vitest'
import { agreementOf } from '#shared/domain/agreement.ts'
import type { TrajectoryId } from '#shared/domain/ids.ts'
import { listConflicts, reviewProgress } from '#main/store/reviewers.ts'
import { projectWithPaths, say } from './queueFixtures.ts'

describe('agreement', () => {
  it.each([
    // p_o = .70, p_e = .41
    { counts: [[88, 14, 18], [10, 40, 10], [2, 6, 12]], share: 0.7, kappa: 0.29 / 0.59 },
    { counts: [[20, 5], [10, 15]], share: 0.7, kappa: 0.4 },
    { counts: [[45, 15], [25, 15]], share: 0.6, kappa: 0.1304 },
    { counts: [[25, 35], [5, 35]], share: 0.6, kappa: 0.2593 },
    { counts: [[0, 7], [7, 0]], share: 0, kappa: -1 },
    { counts: [[3, 0], [0, 5]], share: 1, kappa: 1 }
  ])('$counts: $share, kappa $kappa', ({ counts, share, kappa }) => {
    const found = agreementOf(counts)
    expect(found.share).toBeCloseTo(share, 12)
    expect(found.kappa).toBeCloseTo(kappa, 4)
  })

  it('knows no kappa where chance alone decides, nor anything without overlap', () => {
    expect(agreementOf([[9, 0], [0, 0]])).toEqual({ overlap: 9, share: 1, kappa: null })
    expect(agreementOf([[0, 0], [0, 0]])).toEqual({ overlap: 0, share: null, kappa: null })
  })

  it('does not depend on who is named first', () => {
    expect(agreementOf([[4, 1, 2], [0, 6, 3], [5, 2, 8]])).toEqual(agreementOf([[4, 0, 5], [1, 6, 2], [2, 3, 8]]))
  })
})

describe('several reviewers', () => {
  it('are counted, compared in pairs, and their conflicts listed', async () => {
    const { project, ids } = projectWithPaths(6)
    const [a, b, c, d, e] = ids as [TrajectoryId, TrajectoryId, TrajectoryId, TrajectoryId, TrajectoryId, TrajectoryId]
    for (const [id, ann, bob] of [[a, 'accept', 'accept'], [b, 'accept', 'reject'], [c, 'reject', 'reject'], [d, 'reject', 'accept']] as const) {
      say(project, id, 'ann', { verdict: ann })
      say(project, id, 'bob', { verdict: bob, comment: id === b ? 'no' : '' })
    }
    say(project, e, 'cay', { reflective: true })
    const progress = await reviewProgress(project)
    expect(progress).toMatchObject({ paths: 6, open: 2, once: 0, several: 4, disputed: 2 })
    expect(progress.reviewers.map(({ name, accepted, rejected, marked, commented }) => [name, accepted, rejected, marked, commented]))
      .toEqual([['ann', 2, 2, 0, 0], ['bob', 2, 2, 0, 1], ['cay', 0, 0, 1, 0]])
    expect(progress.pairs).toEqual([{ first: 'ann', second: 'bob', overlap: 4, share: 0.5, kappa: 0 }])
    const conflicts = listConflicts(project, 'ann', { limit: 1 })
    expect(conflicts).toMatchObject({ total: 2, rows: [{ id: d, reviewers: 2, said: [{ reviewer: 'ann', verdict: 'reject' }, { reviewer: 'bob', verdict: 'accept' }] }] })
    expect(listConflicts(project, 'ann', { cursor: conflicts.next }).rows.map(({ id }) => id)).toEqual([b])
    expect(listConflicts(project, 'cay', {}).rows.map(({ said }) => said)).toEqual([[], []])
  })
})
