import { beforeEach, expect, it, vi } from 'vitest'
import { TrajectoryFilter } from '#shared/contract/trajectories.ts'
import type { TrajectorySummary } from '#shared/domain/reward.ts'
import { i18n } from '../../src/renderer/i18n/i18n.ts'

const queues = vi.hoisted(() => ({ open: vi.fn(), more: vi.fn() }))
vi.mock('../../src/renderer/client/client.ts', () => ({ api: { queues } }))
const { usePathWindow } = await import('../../src/renderer/pages/review/pathWindow.ts')

const row = (at: number): TrajectorySummary => ({ id: `path${at}`, verdict: null }) as unknown as TrajectorySummary
const rows = (from: number, to: number): TrajectorySummary[] => Array.from({ length: to - from }, (_, i) => row(from + i))
const listed = { filter: TrajectoryFilter.parse({}), reviewer: 'ann', queue: 'builtIn:notJudged' as const }
const TOTAL = 1000

/** A list of 1,000 paths, opened with 100 rows from the 300th on; cursors are places. */
beforeEach(() => {
  queues.open.mockReset().mockResolvedValue({ rows: rows(300, 400), offset: 300, total: TOTAL, newer: '300', older: '400', place: 320, judged: 7 })
  queues.more.mockReset().mockImplementation(({ towards, cursor, limit }: { towards: string; cursor: string; limit: number }) => {
    const at = Number(cursor)
    const [from, to] = towards === 'newer' ? [Math.max(0, at - limit), at] : [at, Math.min(TOTAL, at + limit)]
    const end = towards === 'newer' ? from : to
    return Promise.resolve({ rows: rows(from, to), next: end === 0 || end === TOTAL ? null : String(end) })
  })
})

it('knows rows by their place in the whole list, and fetches more on either side', async () => {
  const list = usePathWindow(() => listed)
  await list.reload()
  expect([list.total.value, list.place.value, list.judged.value, list.rows.value[0], list.rows.value[320]?.id]).toEqual([TOTAL, 320, 7, undefined, 'path320'])
  await list.ensure(320)
  expect(queues.more).not.toHaveBeenCalled()
  await list.ensure(250)
  expect([list.rows.value[250]?.id, list.rows.value[320]?.id, list.rows.value[199]]).toEqual(['path250', 'path320', undefined])
  await list.ensure(0)
  await list.ensure(999)
  expect(list.rows.value.map((each) => each?.id)).toEqual(rows(0, TOTAL).map(({ id }) => id))
  expect(list.total.value).toBe(TOTAL)
  await list.ensure(5000)
  expect(list.loading.value).toBe(false)
})

it('counts verdicts as they are given and taken back', async () => {
  const list = usePathWindow(() => listed)
  await list.reload()
  list.replace(310, { ...row(310), verdict: 'accept' })
  list.replace(311, { ...row(311), verdict: 'reject' })
  list.replace(310, row(310))
  expect(list.judged.value).toBe(8)
})

it('drops what was asked for before the list was opened anew, and shows what failed', async () => {
  const list = usePathWindow(() => listed)
  await list.reload()
  const late = Promise.withResolvers<unknown>()
  queues.more.mockReturnValueOnce(late.promise)
  const asked = list.ensure(450)
  await list.reload()
  late.resolve({ rows: rows(0, 1), next: null })
  await asked
  expect(list.rows.value).toHaveLength(400)
  queues.more.mockRejectedValueOnce(new Error('the line is cut'))
  await list.ensure(450)
  expect(list.failure.value?.message).toBe(i18n.global.t('connection.gone'))
  await list.ensure(450)
  expect([list.failure.value, list.rows.value[450]?.id]).toEqual([null, 'path450'])
})

it('is read anew as far as it was known, but for a queue', async () => {
  queues.open.mockImplementation(({ limit }: { limit: number }) => Promise.resolve({ rows: rows(0, limit), offset: 0, total: TOTAL, newer: null, older: String(limit), place: 0, judged: 0 }))
  const list = usePathWindow(() => ({ ...listed, queue: null }))
  await list.reload()
  await list.ensure(750)
  const known = list.rows.value.length
  await list.refresh()
  expect([queues.open.mock.calls.length, list.rows.value.length]).toEqual([2, known])
  const queue = usePathWindow(() => listed)
  await queue.reload()
  await queue.refresh()
  expect(queues.open).toHaveBeenCalledTimes(3)
})
