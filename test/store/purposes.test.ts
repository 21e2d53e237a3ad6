import Database from 'better-sqlite3'
import { expect, it } from 'vitest'
import { migrate } from '#main/store/migrate.ts'
import { MIGRATIONS } from '#main/store/migrations/list.ts'

it('gives the evaluations of an older project their paths: those their job told of since the evaluation before', () => {
  const database = new Database(':memory:')
  const at = MIGRATIONS.findIndex(({ name }) => name === 'purposes')
  migrate(database, MIGRATIONS.slice(0, at), 'x')
  database.exec(`
    INSERT INTO items (key, id, content_hash, task, split, data_type, question_type, question, answer, tags, origin_kind, origin_name, origin_index, created_at)
      VALUES (1, 'item', 'x', 'maze', 'test', 'image', 'multipleChoice', 'Where?', 'A', '[]', 'import', 'f', 1, '');
    INSERT INTO checkpoints (id, name, folder, hash, family, parameters, created_at) VALUES ('first', 'a', 'f', 'h', 'q', 1, ''), ('second', 'b', 'f', 'h', 'q', 1, '');
    INSERT INTO jobs (id, kind, title, status, created_at) VALUES ('job', 'pipeline', '', 'finished', '')
  `)
  const path = database.prepare(`INSERT INTO trajectories (id, item_key, origin_kind, checkpoint_id, prompt, draw_style, model_sizes, finish_reason, finish_step, steps, boxes, lines, response_tokens, created_at, task)
    VALUES (?, 1, 'model', ?, 'p', 'd', '[]', 'answered', 0, 1, 0, 0, 1, '', 'maze')`)
  const evaluation = database.prepare("INSERT INTO evaluations (id, checkpoint_id, label, split, prompt, draw_style, sampling, created_at) VALUES (?, ?, '', 'test', 'p', 'd', '{}', '')")
  const event = database.prepare("INSERT INTO job_events (job_id, seq, at, body) VALUES ('job', ?, '', ?)")
  let seq = 0
  const tell = (body: object): void => { event.run(seq++, JSON.stringify(body)) }
  for (const [checkpoint, ids] of [['first', ['a', 'b']], ['second', ['c', 'stranger']]] as const) {
    for (const id of ids) {
      path.run(id, id === 'stranger' ? 'first' : checkpoint)
      tell({ kind: 'trajectory', trajectoryId: id })
    }
    evaluation.run(`of ${checkpoint}`, checkpoint)
    tell({ kind: 'evaluation', evaluationId: `of ${checkpoint}` })
  }
  path.run('later', 'second')
  tell({ kind: 'trajectory', trajectoryId: 'later' })
  migrate(database, MIGRATIONS.slice(0, at + 1), 'x')
  expect(database.prepare('SELECT id, evaluation_id FROM trajectories ORDER BY key').raw().all()).toEqual([
    ['a', 'of first'], ['b', 'of first'], ['c', 'of second'], ['stranger', null], ['later', null]
  ])
})
