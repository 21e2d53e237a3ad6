import type { Migration } from './migration.ts'

/** Substrings of questions by trigrams; and `item_key` in the indexes that path lists walk, so that a text filter reads no rows. */
const TEXT_SEARCH = `
CREATE VIRTUAL TABLE items_text USING fts5 (question, content = 'items', content_rowid = 'key', tokenize = 'trigram', detail = 'full');
INSERT INTO items_text (items_text) VALUES ('rebuild');
CREATE TRIGGER items_text_insert AFTER INSERT ON items BEGIN
  INSERT INTO items_text (rowid, question) VALUES (new.key, new.question);
END;
CREATE TRIGGER items_text_delete AFTER DELETE ON items BEGIN
  INSERT INTO items_text (items_text, rowid, question) VALUES ('delete', old.key, old.question);
END;
CREATE TRIGGER items_text_update AFTER UPDATE OF question ON items BEGIN
  INSERT INTO items_text (items_text, rowid, question) VALUES ('delete', old.key, old.question);
  INSERT INTO items_text (rowid, question) VALUES (new.key, new.question);
END;

DROP INDEX trajectories_newest;
DROP INDEX trajectories_task;
CREATE INDEX trajectories_newest ON trajectories (superseded, key, task, item_key, origin_kind, correct, reflective, verdict);
CREATE INDEX trajectories_task ON trajectories (task, key, superseded, item_key, origin_kind, correct, reflective, verdict);
`

export const textSearch: Migration = { number: 2, name: 'text_search', up: (database) => database.exec(TEXT_SEARCH) }
