import type { Migration } from './migration.ts'

/** A word on many paths at once is remembered as one, so that it can be taken back as one; its reviews name it as their `batch`. */
const REVIEW_BATCHES = `
CREATE TABLE review_batches (
  key INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  reviewer TEXT NOT NULL,
  action TEXT NOT NULL,
  changed INTEGER NOT NULL,
  undone INTEGER NOT NULL,
  at TEXT NOT NULL
) STRICT;
CREATE INDEX review_batches_reviewer ON review_batches (reviewer);
`

export const reviewBatches: Migration = { number: 9, name: 'review_batches', up: (database) => database.exec(REVIEW_BATCHES) }
