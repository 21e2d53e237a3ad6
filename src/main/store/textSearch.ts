import { sql } from 'kysely'
import type { RawBuilder } from 'kysely'

/** Shorter texts than this have no trigram to be found by. */
const TRIGRAM = 3

/** A subquery of the keys of items whose question contains this text, taken literally, whatever its case. */
export function itemsContaining(text: string): RawBuilder<unknown> {
  if ([...text].length >= TRIGRAM) return sql`(SELECT rowid FROM items_text WHERE items_text MATCH ${`"${text.replaceAll('"', '""')}"`})`
  return sql`(SELECT key FROM items WHERE question LIKE ${`%${text.replace(/[\\%_]/g, (char) => `\\${char}`)}%`} ESCAPE '\\')`
}
