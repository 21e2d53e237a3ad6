import { type RawBuilder, sql } from 'kysely'

/** Keys or ids as a subquery of one parameter, so that lists of any length share a statement. */
export function listed(values: readonly (number | string)[]): RawBuilder<unknown> {
  return sql`(SELECT value FROM json_each(${JSON.stringify(values)}))`
}
