import { computed, shallowRef } from 'vue'
import type { QueueKey } from '#shared/contract/queues.ts'
import type { TrajectoryFilter } from '#shared/contract/trajectories.ts'
import type { TrajectorySummary } from '#shared/domain/reward.ts'
import { api } from '../../client/client.ts'
import { type Failure, failureOf } from '../../client/failure.ts'
import type { PagedRows } from '../../components/pagedRows.ts'

/** Rows asked for at once: a screen or two, or as many as the contract allows on the way to a far row. */
const PAGE = 100
const LARGE_PAGE = 500

/** What is listed, for whom, and the queue whose place it opens at. */
export interface Listed { readonly filter: TrajectoryFilter; readonly reviewer: string; readonly queue: QueueKey | null }

/** A path list that is known from somewhere in its middle: rows are by their place in the whole list, those before may not be there yet. */
export interface PathWindow extends PagedRows<TrajectorySummary | undefined> {
  /** Where its reviewer left the queue, by place in the list. */
  readonly place: { readonly value: number }
  /** How many of all its reviewer gave a verdict, those since it was opened included. */
  readonly judged: { readonly value: number }
}

/**
 * Paths of a filter or a queue. A list stays as it was opened while its paths are judged: what a verdict takes out of the filter keeps its
 * row until the list is opened anew.
 */
export function usePathWindow(listed: () => Listed): PathWindow {
  const rows = shallowRef<readonly (TrajectorySummary | undefined)[]>([])
  const [total, place, judged] = [shallowRef(0), shallowRef(0), shallowRef(0)]
  const failure = shallowRef<Failure | null>(null)
  const pending = shallowRef(0)
  let cursors: { newer: string | null; older: string | null } = { newer: null, older: null }
  let offset = 0
  let wanted = 0
  let generation = 0
  let filling: Promise<void> | null = null

  /** Runs a request; what it answers is dropped when the list was opened anew meanwhile. */
  async function asking<T>(request: () => Promise<T>, take: (answer: T) => void): Promise<boolean> {
    const mine = generation
    pending.value++
    try {
      const answer = await request()
      if (mine !== generation) return false
      take(answer)
      failure.value = null
      return true
    } catch (error) {
      if (mine === generation) failure.value = failureOf(error)
      return false
    } finally {
      pending.value--
    }
  }

  async function open(limit: number): Promise<void> {
    generation++
    filling = null
    await asking(() => api.queues.open({ ...listed(), limit }), (found) => {
      offset = found.offset
      cursors = { newer: found.newer, older: found.older }
      rows.value = [...Array.from({ length: offset }, () => undefined), ...found.rows]
      total.value = found.total
      place.value = found.place
      judged.value = found.judged
    })
  }

  async function more(towards: 'newer' | 'older', cursor: string, missing: number): Promise<boolean> {
    const { filter, reviewer } = listed()
    return asking(() => api.queues.more({ filter, reviewer, towards, cursor, limit: missing > PAGE ? LARGE_PAGE : PAGE }), (found) => {
      cursors = { ...cursors, [towards]: found.next }
      const held = rows.value.slice(offset)
      if (towards === 'newer') offset = found.next === null ? 0 : Math.max(0, offset - found.rows.length)
      const known = towards === 'newer' ? [...found.rows, ...held] : [...held, ...found.rows]
      rows.value = [...Array.from({ length: offset }, () => undefined), ...known]
      // Paths that came or went since the list was opened.
      total.value = cursors.older === null ? rows.value.length : Math.max(total.value, rows.value.length + 1)
    })
  }

  async function fill(): Promise<void> {
    for (let going = true; going && rows.value[wanted] === undefined;) {
      if (wanted < offset && cursors.newer !== null) going = await more('newer', cursors.newer, offset - wanted)
      else if (wanted >= rows.value.length && cursors.older !== null) going = await more('older', cursors.older, wanted - rows.value.length)
      else going = false
    }
  }

  async function ensure(index: number): Promise<void> {
    wanted = index
    if (rows.value[index] !== undefined) return
    filling ??= fill().finally(() => { filling = null })
    await filling
  }

  async function reload(): Promise<void> {
    rows.value = []
    total.value = 0
    await open(PAGE)
  }

  /** Reads anew what is there. A queue stays as it was opened: its reviewer is in the middle of it. */
  async function refresh(): Promise<void> {
    if (listed().queue !== null) return
    const known = rows.value.length
    await open(Math.min(Math.max(known, PAGE), LARGE_PAGE))
    await ensure(Math.min(known, total.value) - 1)
  }

  function replace(index: number, row: TrajectorySummary | undefined): void {
    const before = rows.value[index]
    rows.value = rows.value.with(index, row)
    judged.value += Number((row?.verdict ?? null) !== null) - Number((before?.verdict ?? null) !== null)
  }

  return { rows, total, failure, loading: computed(() => pending.value > 0), place, judged, ensure, reload, refresh, replace }
}
