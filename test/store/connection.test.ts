import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { Connection, sqlite } from '#main/store/connection.ts'
import { migrate } from '#main/store/migrate.ts'
import { MIGRATIONS } from '#main/store/migrations/list.ts'
import { temporaryFolder } from './fixtures.ts'

function connection(): Connection {
  const made = new Connection(path.join(temporaryFolder(), 'x.sqlite'), { readonly: false, create: true })
  migrate(made.database, MIGRATIONS, 'x')
  return made
}

const video = (blob: string) => sqlite.insertInto('videos').values({ blob, name: 'v'.repeat(3000), mime: 'video/mp4', bytes: 1 })

describe('a connection', () => {
  it('turns a full disk into a typed error and keeps what was committed', () => {
    const made = connection()
    made.run(video('first'))
    made.database.pragma(`max_page_count = ${Number(made.database.pragma('page_count', { simple: true })) + 4}`)
    const fill = () => made.transaction(() => Array.from({ length: 50 }, (_, i) => made.run(video(`${i}`))), false)
    expect(fill).toThrow(expect.objectContaining({ code: 'disk_full' }))
    expect(made.all(sqlite.selectFrom('videos').select('blob'))).toEqual([{ blob: 'first' }])
    made.database.close()
  })

  it('syncs to disk for durable transactions only, and goes back after a failure', () => {
    const made = connection()
    const level = () => made.database.pragma('synchronous', { simple: true })
    const [normal, full] = [1, 2]
    expect(made.transaction(level, false)).toBe(normal)
    expect(made.transaction(level, true)).toBe(full)
    expect(() => made.transaction(() => { throw new RangeError('no') }, true)).toThrow(RangeError)
    expect(level()).toBe(normal)
    made.database.close()
  })

  it('undoes a nested piece with the whole', () => {
    const made = connection()
    expect(() => made.transaction(() => {
      made.transaction(() => made.run(video('inner')), true)
      throw new RangeError('outer')
    }, false)).toThrow(RangeError)
    expect(made.all(sqlite.selectFrom('videos').select('blob'))).toEqual([])
    made.database.close()
  })
})
