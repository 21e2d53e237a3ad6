import type { Database } from 'better-sqlite3'
import { SightlineError } from '#shared/domain/errors.ts'
import type { Migration } from './migrations/migration.ts'

/** The number of the newest migration a database has seen (its user_version); 0 for an empty one. */
export function schemaVersion(database: Database): number {
  return Number(database.pragma('user_version', { simple: true }))
}

/**
 * Brings a database to the newest schema, each migration in a transaction of its own with its number.
 * Throws `migration` when one fails (that one is undone, start-up must stop) or when the database is newer than the program.
 */
export function migrate(database: Database, migrations: readonly Migration[], where: string): void {
  const known = migrations.length
  const current = schemaVersion(database)
  refuseNewer(current, known, where)
  for (const migration of migrations.slice(current)) {
    try {
      database.transaction(() => {
        migration.up(database)
        database.pragma(`user_version = ${migration.number}`)
      }).immediate()
    } catch (cause) {
      throw new SightlineError('migration', `updating the project to schema ${migration.number} (${migration.name}) failed: ${cause instanceof Error ? cause.message : String(cause)}`, {
        where, advice: 'nothing was changed; open the project with the version of Sightline that made it and report this message', cause
      })
    }
  }
}

/** A reader cannot migrate, so it must find exactly the schema it knows. */
export function requireCurrent(database: Database, migrations: readonly Migration[], where: string): void {
  const current = schemaVersion(database)
  refuseNewer(current, migrations.length, where)
  if (current < migrations.length) {
    throw new SightlineError('migration', `this project has schema ${current}, this program reads ${migrations.length}`, { where, advice: 'open it once for writing, which updates it' })
  }
}

function refuseNewer(current: number, known: number, where: string): void {
  if (current <= known) return
  throw new SightlineError('migration', `this project was written by a newer Sightline (schema ${current}, this one knows ${known})`, { where, advice: 'update Sightline' })
}
