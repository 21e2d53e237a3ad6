import Database from 'better-sqlite3'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { SightlineError } from '#shared/domain/errors.ts'

/** The right to write one project, held until `release` or the end of the process. */
export interface WriterLock {
  release(): void
}

/**
 * Takes the right to write the project, or throws `conflict` naming the process that has it.
 *
 * The lock is an open SQLite transaction on `project.lock`: the operating system drops it however the holder dies, so
 * there are no stale locks and no guessing about process ids. `writer.pid` only tells people whom to close.
 */
export function takeWriterLock(folder: string): WriterLock {
  const pidFile = path.join(folder, 'writer.pid')
  const lock = new Database(path.join(folder, 'project.lock'), { timeout: 0 })
  try {
    lock.exec('BEGIN IMMEDIATE')
  } catch (cause) {
    lock.close()
    if (!(cause instanceof Database.SqliteError && cause.code.startsWith('SQLITE_BUSY'))) throw cause
    throw new SightlineError('conflict', `this project is open for writing in ${holder(pidFile)}`, {
      where: folder, advice: 'close that program first, or open the project there', cause
    })
  }
  writeFileSync(pidFile, String(process.pid))
  return {
    release: () => {
      rmSync(pidFile, { force: true })
      lock.exec('ROLLBACK')
      lock.close()
    }
  }
}

function holder(pidFile: string): string {
  try {
    return `process ${readFileSync(pidFile, 'utf8').trim()}`
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return 'another program'
    throw error
  }
}
