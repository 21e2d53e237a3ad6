import type { Database } from 'better-sqlite3'

/** One step of the schema's history. Numbers run 1, 2, 3, ... and a released migration never changes again. */
export interface Migration {
  readonly number: number
  readonly name: string
  /** Runs inside a transaction; whatever it throws undoes all of it. */
  up(database: Database): void
}
