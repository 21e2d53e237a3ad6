import Database from 'better-sqlite3'
import { type CompiledQuery, DummyDriver, Kysely, SqliteAdapter, SqliteIntrospector, SqliteQueryCompiler } from 'kysely'
import { SightlineError } from '#shared/domain/errors.ts'
import type { Tables } from './schema.ts'

/**
 * Builds typed SQL and never runs it: statements are compiled by Kysely and executed synchronously by better-sqlite3,
 * so a transaction is a plain function and nothing can interleave with it.
 */
export const sqlite = new Kysely<Tables>({
  dialect: {
    createAdapter: () => new SqliteAdapter(),
    createDriver: () => new DummyDriver(),
    createIntrospector: (db) => new SqliteIntrospector(db),
    createQueryCompiler: () => new SqliteQueryCompiler()
  }
})

/** A SELECT built by Kysely. */
export interface Select<Row> {
  readonly isSelectQueryBuilder: true
  compile(): CompiledQuery<Row>
}

/** An INSERT, UPDATE or DELETE built by Kysely. */
export interface Change {
  compile(): CompiledQuery
}

/** Beyond this many different statements the cache starts afresh, so that unusual filters cannot fill the memory. */
const CACHED_STATEMENTS = 512

/** One SQLite connection with its prepared statements. */
export class Connection {
  readonly database: Database.Database
  readonly #statements = new Map<string, Database.Statement>()

  constructor(file: string, options: { readonly: boolean; create: boolean }) {
    this.database = new Database(file, { readonly: options.readonly, fileMustExist: !options.create })
    try {
      translated(() => this.#configure(options.readonly))
    } catch (error) {
      this.database.close()
      throw error
    }
  }

  #configure(readonly: boolean): void {
    this.database.pragma('foreign_keys = ON')
    this.database.pragma('busy_timeout = 5000')
    this.database.pragma('cache_size = -65536')
    this.database.pragma('mmap_size = 1073741824')
    // The first look into the file: one that is no database shows itself here.
    this.database.pragma('schema_version')
    if (readonly) return
    this.database.pragma('journal_mode = WAL')
    // A commit survives the death of the process; `transaction({ durable: true })` also survives a power cut.
    this.database.pragma('synchronous = NORMAL')
  }

  all<Row>(query: Select<Row>): Row[] {
    const { sql, parameters } = query.compile()
    return this.prepare(sql).all(...parameters) as Row[]
  }

  tuples(query: Select<unknown>): unknown[][] {
    const { sql, parameters } = query.compile()
    return this.database.prepare(sql).raw().all(...parameters) as unknown[][]
  }

  run(query: Change): number {
    const { sql, parameters } = query.compile()
    return translated(() => this.prepare(sql).run(...parameters).changes)
  }

  /** `sql` names its values by column (`@column`); returns the new rowid, and whether a row was written. */
  insert(sql: string, row: object): { key: number; written: boolean } {
    const { lastInsertRowid, changes } = translated(() => this.prepare(sql).run(row))
    return { key: Number(lastInsertRowid), written: changes > 0 }
  }

  prepare(sql: string): Database.Statement {
    const known = this.#statements.get(sql)
    if (known !== undefined) return known
    if (this.#statements.size >= CACHED_STATEMENTS) this.#statements.clear()
    const made = this.database.prepare(sql)
    this.#statements.set(sql, made)
    return made
  }

  transaction<T>(work: () => T, durable: boolean): T {
    if (this.database.inTransaction || !durable) return translated(() => this.database.transaction(work).immediate())
    this.database.pragma('synchronous = FULL')
    try {
      return translated(() => this.database.transaction(work).immediate())
    } finally {
      this.database.pragma('synchronous = NORMAL')
    }
  }
}

/** Runs `work`; SQLite's refusals that a person or a caller can act on become SightlineErrors. */
function translated<T>(work: () => T): T {
  try {
    return work()
  } catch (cause) {
    if (!(cause instanceof Database.SqliteError)) throw cause
    if (cause.code === 'SQLITE_FULL') {
      throw new SightlineError('disk_full', 'there is no room left to write the project', { advice: 'free some disk space and start again', cause })
    }
    if (cause.code === 'SQLITE_CONSTRAINT_UNIQUE' || cause.code === 'SQLITE_CONSTRAINT_PRIMARYKEY') {
      throw new SightlineError('conflict', `such a record is in the project already (${cause.message})`, { cause })
    }
    if (cause.code === 'SQLITE_CONSTRAINT_FOREIGNKEY') {
      throw new SightlineError('not_found', 'the record names another one that the project does not hold', { cause })
    }
    if (cause.code === 'SQLITE_NOTADB' || cause.code === 'SQLITE_CORRUPT') {
      throw new SightlineError('not_a_project', `project.sqlite cannot be read (${cause.message})`, { advice: 'restore it from a backup', cause })
    }
    throw cause
  }
}
