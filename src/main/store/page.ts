import { SightlineError } from '#shared/domain/errors.ts'
import type { PageRequest } from '#shared/contract/base.ts'

/** One keyset page: `next` goes back as `cursor`, null at the end; `total` counts the whole query. */
export interface Page<Row> {
  rows: Row[]
  next: string | null
  total: number
}

export type PageOptions = Partial<PageRequest>

const DEFAULT_LIMIT = 100

export function pageLimit(page: PageOptions): number {
  return page.limit ?? DEFAULT_LIMIT
}

/** The row key after which the page starts, null for the first page. Throws `bad_input` for anything we never gave out. */
export function cursorKey(page: PageOptions): number | null {
  const cursor = page.cursor ?? null
  if (cursor === null) return null
  if (!/^\d{1,15}$/.test(cursor)) throw new SightlineError('bad_input', `"${cursor}" is not a page cursor`, { advice: "pass the last page's `next`" })
  return Number(cursor)
}

/** Makes a page of `limit + 1` fetched rows. */
export function pageOf<Row extends { key: number }, Out>(found: readonly Row[], limit: number, total: number, map: (row: Row) => Out): Page<Out> {
  const rows = found.slice(0, limit)
  const last = rows.at(-1)
  return { rows: rows.map(map), next: found.length > limit && last !== undefined ? String(last.key) : null, total }
}
