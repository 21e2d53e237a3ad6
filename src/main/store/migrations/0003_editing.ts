import type { Migration } from './migration.ts'

/** Undo that outlives the program, marks on single revisions, and versions that were told apart after two windows edited one path. */
const EDITING = `
CREATE TABLE edit_histories (
  trajectory_key INTEGER NOT NULL REFERENCES trajectories (key) ON DELETE CASCADE,
  reviewer TEXT NOT NULL,
  history TEXT NOT NULL,
  PRIMARY KEY (trajectory_key, reviewer)
) STRICT, WITHOUT ROWID;

ALTER TABLE reviews ADD COLUMN revisions TEXT NOT NULL DEFAULT '[]';

-- 1: this version and those made from it are a path of their own beside their siblings.
ALTER TABLE trajectories ADD COLUMN apart INTEGER NOT NULL DEFAULT 0;
`

export const editing: Migration = { number: 3, name: 'editing', up: (database) => database.exec(EDITING) }
