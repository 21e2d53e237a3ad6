import { existsSync, mkdirSync } from 'node:fs'
import path from 'node:path'
import type { Insertable } from 'kysely'
import { SightlineError } from '#shared/domain/errors.ts'
import { type BlobReader, BlobStore } from '../blobs/blobStore.ts'
import { type Change, Connection, type Select, sqlite } from './connection.ts'
import { migrate, requireCurrent } from './migrate.ts'
import { MIGRATIONS } from './migrations/list.ts'
import type { Tables } from './schema.ts'
import { takeWriterLock, type WriterLock } from './writerLock.ts'

const DATABASE = 'project.sqlite'
const FOLDERS = ['blobs', 'runs', 'models']

/** An open project that can only be asked. All calls are synchronous. */
export class ProjectReader {
  readonly folder: string
  readonly blobs: BlobReader
  protected readonly connection: Connection

  constructor(folder: string, connection: Connection, blobs: BlobReader) {
    this.folder = folder
    this.connection = connection
    this.blobs = blobs
  }

  get name(): string {
    return this.first(sqlite.selectFrom('project').select('name'))?.name ?? path.basename(this.folder)
  }

  all<Row>(query: Select<Row>): Row[] {
    return this.connection.all(query)
  }

  /** Rows as lists of their columns' values, for very many of them. */
  tuples(query: Select<unknown>): unknown[][] {
    return this.connection.tuples(query)
  }

  first<Row>(query: Select<Row>): Row | undefined {
    return this.connection.all(query)[0]
  }

  /** SQLite's plan for a query, one line per step. */
  explain(query: Select<unknown>): string[] {
    const { sql, parameters } = query.compile()
    const rows = this.connection.prepare(`EXPLAIN QUERY PLAN ${sql}`).all(...parameters) as { detail: string }[]
    return rows.map(({ detail }) => detail)
  }

  close(): void {
    this.connection.database.close()
  }
}

/** An open project that can be changed; one per project folder at a time. */
export class ProjectWriter extends ProjectReader {
  override readonly blobs: BlobStore
  readonly #lock: WriterLock

  constructor(folder: string, connection: Connection, blobs: BlobStore, lock: WriterLock) {
    super(folder, connection, blobs)
    this.blobs = blobs
    this.#lock = lock
  }

  /** Inserts one row and returns its rowid (meaningless for tables without one). Throws `conflict` or `not_found`. */
  insert<T extends keyof Tables>(table: T, row: Insertable<Tables[T]>): number {
    return this.#insert(`INSERT INTO ${table}`, row).key
  }

  /** Inserts the row unless its key is taken already; true if it was new. */
  insertNew<T extends keyof Tables>(table: T, row: Insertable<Tables[T]>): boolean {
    return this.#insert(`INSERT OR IGNORE INTO ${table}`, row).written
  }

  /** Runs a change and returns how many rows it touched. */
  run(query: Change): number {
    return this.connection.run(query)
  }

  /**
   * All of `work` or nothing of it; nested calls join the outer one. Once it returns, the change survives the death of
   * the process; with `durable` (people's own edits) also a power cut.
   */
  transaction<T>(work: () => T, options: { durable?: boolean } = {}): T {
    return this.connection.transaction(work, options.durable === true)
  }

  override close(): void {
    this.connection.database.pragma('optimize')
    this.connection.database.pragma('wal_checkpoint(TRUNCATE)')
    super.close()
    this.#lock.release()
  }

  #insert(verb: string, row: object): { key: number; written: boolean } {
    const columns = Object.keys(row)
    const sql = `${verb} (${columns.join(', ')}) VALUES (${columns.map((column) => `@${column}`).join(', ')})`
    return this.connection.insert(sql, row)
  }
}

/** Makes an empty project in a new or empty place and opens it. Throws `conflict` where there is one already, `bad_input` where no folder can be. */
export function createProject(folder: string, name: string, now: Date = new Date()): ProjectWriter {
  const root = path.resolve(folder)
  if (existsSync(path.join(root, DATABASE))) {
    throw new SightlineError('conflict', 'there is a project in this folder already', { where: root, advice: 'open it, or choose another folder' })
  }
  makeFolder(root)
  const project = openForWriting(root, true)
  project.insertNew('project', { id: 1, name, created_at: now.toISOString() })
  return project
}

function makeFolder(root: string): void {
  try {
    mkdirSync(root, { recursive: true })
  } catch (cause) {
    if (!(cause instanceof Error && 'code' in cause)) throw cause
    throw new SightlineError('bad_input', 'the project folder cannot be made', { where: root, advice: `choose another place: ${cause.message}`, cause })
  }
}

/**
 * Opens a project folder. Throws `not_a_project`, `migration` (newer program, failed update), `conflict` when another
 * program has it open for writing.
 */
export function openProject(folder: string, options: { mode: 'write' }): ProjectWriter
export function openProject(folder: string, options: { mode: 'read' }): ProjectReader
export function openProject(folder: string, options: { mode: 'write' | 'read' }): ProjectReader {
  const root = path.resolve(folder)
  const file = path.join(root, DATABASE)
  if (!existsSync(file)) {
    throw new SightlineError('not_a_project', 'this folder holds no Sightline project', { where: root, advice: `make one with "sightline init ${folder}"` })
  }
  return options.mode === 'write' ? openForWriting(root, false) : openForReading(root)
}

function openForReading(root: string): ProjectReader {
  const file = path.join(root, DATABASE)
  const connection = new Connection(file, { readonly: true, create: false })
  try {
    requireCurrent(connection.database, MIGRATIONS, file)
  } catch (error) {
    connection.database.close()
    throw error
  }
  return new ProjectReader(root, connection, new BlobStore(path.join(root, 'blobs')))
}

function openForWriting(root: string, create: boolean): ProjectWriter {
  const file = path.join(root, DATABASE)
  const lock = takeWriterLock(root)
  try {
    for (const name of FOLDERS) mkdirSync(path.join(root, name), { recursive: true })
    const connection = new Connection(file, { readonly: false, create })
    try {
      migrate(connection.database, MIGRATIONS, file)
    } catch (error) {
      connection.database.close()
      throw error
    }
    const blobs = new BlobStore(path.join(root, 'blobs'))
    blobs.sweep(Date.now())
    return new ProjectWriter(root, connection, blobs, lock)
  } catch (error) {
    lock.release()
    throw error
  }
}
