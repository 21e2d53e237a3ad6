import { shallowRef } from 'vue'
import { type Failure, failureOf } from '../client/failure.ts'

/** Rows asked for at once: enough for a screen or two, or as many as the contract allows on the way to a far row. */
const PAGE = 100
const LARGE_PAGE = 500

export interface RowsPage<T> { readonly rows: readonly T[]; readonly next: string | null; readonly total: number }

/** Rows of a list too long to hold at once: pages are fetched in order, as far down as someone looks. */
export interface PagedRows<T> {
  readonly rows: { readonly value: readonly T[] }
  readonly total: { readonly value: number }
  readonly failure: { readonly value: Failure | null }
  readonly loading: { readonly value: boolean }
  /** Fetches pages until row `index` is there. */
  ensure(index: number): Promise<void>
  /** Starts anew, e.g. for another filter. */
  reload(): Promise<void>
  /** Reads again what is shown, without emptying the list first. */
  refresh(): Promise<void>
  /** Puts a record's newer form in its place. */
  replace(index: number, row: T): void
}

export function usePagedRows<T>(fetchPage: (cursor: string | null, limit: number) => Promise<RowsPage<T>>): PagedRows<T> {
  const rows = shallowRef<readonly T[]>([])
  const total = shallowRef(0)
  const failure = shallowRef<Failure | null>(null)
  const loading = shallowRef(false)
  let next: string | null = null
  let wanted = 0
  let generation = 0

  async function fill(from: { rows: readonly T[]; cursor: string | null }, atLeast: number): Promise<void> {
    const mine = ++generation
    loading.value = true
    let held = from.rows
    let cursor = from.cursor
    try {
      do {
        const page = await fetchPage(cursor, Math.max(atLeast, wanted) - held.length > PAGE ? LARGE_PAGE : PAGE)
        if (mine !== generation) return
        held = [...held, ...page.rows]
        cursor = page.next
        if (held.length >= Math.min(atLeast, rows.value.length) || cursor === null) publish(held, cursor, page.total)
      } while (cursor !== null && held.length <= Math.max(atLeast, wanted))
      failure.value = null
    } catch (error) {
      if (mine === generation) failure.value = failureOf(error)
    } finally {
      if (mine === generation) loading.value = false
    }
  }

  function publish(held: readonly T[], cursor: string | null, count: number): void {
    rows.value = held
    next = cursor
    total.value = count
  }

  async function ensure(index: number): Promise<void> {
    wanted = index
    if (index < rows.value.length || next === null || loading.value) return
    await fill({ rows: rows.value, cursor: next }, index)
  }

  async function reload(): Promise<void> {
    wanted = 0
    publish([], null, 0)
    await fill({ rows: [], cursor: null }, 0)
  }

  async function refresh(): Promise<void> {
    await fill({ rows: [], cursor: null }, Math.max(rows.value.length - 1, 0))
  }

  function replace(index: number, row: T): void {
    rows.value = rows.value.with(index, row)
  }

  return { rows, total, failure, loading, ensure, reload, refresh, replace }
}
