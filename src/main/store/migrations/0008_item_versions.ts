import type { Migration } from './migration.ts'

/**
 * Items have versions: the row is the newest, `item_changes` tells what each later one changed (`diff`: [before, after] by field), so
 * that any earlier one can be put together. `content_version` is the version in which what a path answers (question, options,
 * answer and its type, pictures) first read as it does now; a path names the one it stands on. Frozen data names whole versions.
 * Items in the trash stay in every index that lists walk, tested inside it.
 */
const ITEM_VERSIONS = `
ALTER TABLE items ADD COLUMN version INTEGER NOT NULL DEFAULT 1;
ALTER TABLE items ADD COLUMN content_version INTEGER NOT NULL DEFAULT 1;
ALTER TABLE items ADD COLUMN trashed INTEGER NOT NULL DEFAULT 0;
ALTER TABLE trajectories ADD COLUMN item_version INTEGER NOT NULL DEFAULT 1;
ALTER TABLE dataset_version_items ADD COLUMN item_version INTEGER NOT NULL DEFAULT 1;

CREATE TABLE item_batches (
  key INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  at TEXT NOT NULL,
  author TEXT NOT NULL,
  action TEXT NOT NULL,
  changed INTEGER NOT NULL DEFAULT 0,
  undone INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE TABLE item_changes (
  item_key INTEGER NOT NULL REFERENCES items (key) ON DELETE CASCADE,
  version INTEGER NOT NULL CHECK (version > 1),
  content_version INTEGER NOT NULL,
  at TEXT NOT NULL,
  author TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('edit', 'restore', 'undo', 'redo', 'bulk')),
  restored INTEGER,
  batch_key INTEGER REFERENCES item_batches (key),
  diff TEXT NOT NULL,
  PRIMARY KEY (item_key, version)
) STRICT, WITHOUT ROWID;
CREATE INDEX item_changes_batch ON item_changes (batch_key, item_key) WHERE batch_key IS NOT NULL;

CREATE TABLE item_tags (
  tag TEXT NOT NULL,
  item_key INTEGER NOT NULL REFERENCES items (key) ON DELETE CASCADE,
  PRIMARY KEY (tag, item_key)
) STRICT, WITHOUT ROWID;
CREATE INDEX item_tags_item ON item_tags (item_key);
INSERT OR IGNORE INTO item_tags (tag, item_key) SELECT value, items.key FROM items, json_each(items.tags);
CREATE TRIGGER items_tags_insert AFTER INSERT ON items WHEN new.tags != '[]' BEGIN
  INSERT OR IGNORE INTO item_tags (tag, item_key) SELECT value, new.key FROM json_each(new.tags);
END;
CREATE TRIGGER items_tags_update AFTER UPDATE OF tags ON items BEGIN
  DELETE FROM item_tags WHERE item_key = old.key;
  INSERT OR IGNORE INTO item_tags (tag, item_key) SELECT value, new.key FROM json_each(new.tags);
END;

DROP INDEX items_task;
DROP INDEX items_split;
DROP INDEX items_data_type;
DROP INDEX items_question_type;
CREATE INDEX items_trashed ON items (trashed, key);
CREATE INDEX items_task ON items (task, key, split, data_type, question_type, trashed);
CREATE INDEX items_split ON items (split, key, data_type, question_type, trashed);
CREATE INDEX items_data_type ON items (data_type, key, trashed);
CREATE INDEX items_question_type ON items (question_type, key, trashed);
`

export const itemVersions: Migration = { number: 8, name: 'item_versions', up: (database) => database.exec(ITEM_VERSIONS) }
