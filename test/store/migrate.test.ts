import Database from 'better-sqlite3'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { migrate, requireCurrent, schemaVersion } from '#main/store/migrate.ts'
import type { Migration } from '#main/store/migrations/migration.ts'
import { MIGRATIONS } from '#main/store/migrations/list.ts'
import { createProject, openProject } from '#main/store/project.ts'
import { temporaryFolder } from './fixtures.ts'

const first: Migration = { number: 1, name: 'first', up: (database) => database.exec('CREATE TABLE a (x INTEGER) STRICT') }
const broken: Migration = {
  number: 2, name: 'broken', up: (database) => {
    database.exec('CREATE TABLE b (x INTEGER) STRICT')
    database.exec('CREATE TABLE a (x INTEGER) STRICT')
  }
}

function tables(database: Database.Database): unknown[] {
  return database.prepare("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name").pluck().all()
}

describe('migrations', () => {
  it('are numbered without gaps', () => {
    expect(MIGRATIONS.map(({ number }) => number)).toEqual(MIGRATIONS.map((_, i) => i + 1))
  })

  it('run once each', () => {
    const database = new Database(':memory:')
    migrate(database, [first], 'x')
    migrate(database, [first], 'x')
    expect(schemaVersion(database)).toBe(1)
  })

  it('undo a failed one whole and stop with a typed error; earlier ones stay', () => {
    const database = new Database(':memory:')
    expect(() => migrate(database, [first, broken], 'x')).toThrow(expect.objectContaining({ code: 'migration', message: expect.stringContaining('broken') }))
    expect(schemaVersion(database)).toBe(1)
    expect(tables(database)).toEqual(['a'])
  })

  it('refuse a project of a newer program, and a reader refuses an older one', () => {
    const database = new Database(':memory:')
    database.pragma('user_version = 9')
    expect(() => migrate(database, [first], 'x')).toThrow(expect.objectContaining({ code: 'migration', advice: 'update Sightline' }))
    database.pragma('user_version = 0')
    expect(() => requireCurrent(database, [first], 'x')).toThrow(expect.objectContaining({ code: 'migration' }))
  })

  it('leave a project locked by nobody when start-up stops', () => {
    const folder = path.join(temporaryFolder(), 'newer')
    createProject(folder, 'newer').close()
    const database = new Database(path.join(folder, 'project.sqlite'))
    database.pragma('user_version = 99')
    database.close()
    expect(() => openProject(folder, { mode: 'write' })).toThrow(expect.objectContaining({ code: 'migration' }))
    expect(() => openProject(folder, { mode: 'write' })).toThrow(expect.objectContaining({ code: 'migration' }))
  })
})

describe('migration 1', () => {
  const database = new Database(':memory:')
  database.pragma('foreign_keys = ON')
  migrate(database, MIGRATIONS.slice(0, 1), 'x')

  it('makes every table of the project, all STRICT', () => {
    expect(tables(database)).toEqual(expect.arrayContaining([
      'media', 'items', 'item_media', 'trajectories', 'steps', 'operations', 'observations', 'rewards', 'reviews', 'dataset_versions', 'runs',
      'metrics', 'checkpoints', 'jobs', 'job_events', 'evaluations'
    ]))
    const loose = database.prepare("SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND strict = 0 AND name NOT LIKE 'sqlite_%'").pluck().all()
    expect(loose).toEqual([])
  })

  it('leaves no foreign key without an index on its column', () => {
    const keys = database.prepare(`SELECT m.name AS tab, f."from" AS col FROM sqlite_schema m, pragma_foreign_key_list(m.name) f WHERE m.type = 'table' AND f.seq = 0`).all() as { tab: string; col: string }[]
    const leading = new Set((database.prepare(`SELECT m.name || '.' || i.name AS col FROM sqlite_schema m, pragma_index_list(m.name) l, pragma_index_info(l.name) i WHERE m.type = 'table' AND i.seqno = 0`).pluck().all() as string[]))
    const rowids = new Set(['step_tokens.step_key', 'rewards.trajectory_key'])
    const bare = keys.map(({ tab, col }) => `${tab}.${col}`).filter((name) => !leading.has(name) && !rowids.has(name))
    // Parents of these are never deleted, and their lists are short.
    expect(bare.sort()).toEqual(['jobs.run_id', 'runs.dataset_version_id', 'runs.job_id', 'runs.start_checkpoint_id'])
  })
})

describe('migration 2', () => {
  it('finds the questions that were there before it, and those changed after it', () => {
    const database = new Database(':memory:')
    migrate(database, MIGRATIONS.slice(0, 1), 'x')
    const insert = database.prepare(`INSERT INTO items (id, content_hash, task, split, data_type, question_type, question, answer, tags, origin_kind, origin_name, origin_index, created_at)
      VALUES (@id, @id, 'maze', 'train', 'image', 'vci', @question, 'A', '[]', 'import', 'f', 1, '')`)
    insert.run({ id: 'a', question: 'Where is the lamp?' })
    migrate(database, MIGRATIONS.slice(0, 2), 'x')
    insert.run({ id: 'b', question: 'A LAMP post' })
    const found = () => database.prepare(`SELECT id FROM items WHERE key IN (SELECT rowid FROM items_text WHERE items_text MATCH '"lamp"')`).pluck().all()
    expect(found()).toEqual(['a', 'b'])
    database.exec("UPDATE items SET question = 'Where is the cup?' WHERE id = 'a'; DELETE FROM items WHERE id = 'b'")
    expect(found()).toEqual([])
    database.exec("INSERT INTO items_text (items_text) VALUES ('integrity-check')")
  })
})

describe('migration 8', () => {
  it('makes every item of an older project its first version, findable by its tags, on which its paths and frozen data stand', () => {
    const database = new Database(':memory:')
    migrate(database, MIGRATIONS.slice(0, 7), 'x')
    const insert = database.prepare(`INSERT INTO items (id, content_hash, task, split, data_type, question_type, question, answer, tags, origin_kind, origin_name, origin_index, created_at)
      VALUES (@id, @id, 'maze', 'train', 'image', 'vci', 'Where?', 'A', @tags, 'import', 'f', 1, '')`)
    insert.run({ id: 'a', tags: '["dark","dark","blurred"]' })
    insert.run({ id: 'b', tags: '[]' })
    database.exec(`INSERT INTO trajectories (id, item_key, origin_kind, prompt, draw_style, model_sizes, finish_reason, finish_step, steps, boxes, lines, response_tokens, created_at, task)
      VALUES ('p', 1, 'teacher', 'x', 'x', '[]', 'answered', 0, 1, 0, 0, 0, '', 'maze')`)
    database.exec(`INSERT INTO dataset_versions (id, name, hash, item_count, trajectory_count, created_at) VALUES ('v', 'v', 'h', 1, 0, ''); INSERT INTO dataset_version_items VALUES (1, 1)`)
    migrate(database, MIGRATIONS.slice(0, 8), 'x')
    expect(database.prepare('SELECT version, content_version, trashed FROM items').raw().all()).toEqual([[1, 1, 0], [1, 1, 0]])
    expect(database.prepare('SELECT item_version FROM trajectories UNION ALL SELECT item_version FROM dataset_version_items').pluck().all()).toEqual([1, 1])
    const tags = () => database.prepare('SELECT tag, item_key FROM item_tags ORDER BY item_key, tag').raw().all()
    expect(tags()).toEqual([['blurred', 1], ['dark', 1]])
    database.exec(`UPDATE items SET tags = '["dark"]' WHERE id = 'b'; UPDATE items SET tags = '[]' WHERE id = 'a'`)
    insert.run({ id: 'c', tags: '["new"]' })
    expect(tags()).toEqual([['dark', 2], ['new', 3]])
  })
})
