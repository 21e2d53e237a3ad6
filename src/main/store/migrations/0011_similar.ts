import type { Migration } from './migration.ts'

/**
 * What pictures look like, and which items show the same. `cluster`: the key of the oldest picture that looks the same; null until it was
 * compared. An item's row stands for the content version it names; `pictures` and `question` are equal where those are the same,
 * `similar_group` is the key of the oldest item it shares pictures with, directly or over others; null where there is none.
 */
const SIMILAR = `
CREATE TABLE picture_signatures (
  key INTEGER PRIMARY KEY,
  blob TEXT NOT NULL UNIQUE,
  -- Null where a picture has nothing to be compared by: the same is only what has the same bytes.
  signature BLOB,
  cluster INTEGER
) STRICT;

CREATE TABLE item_signatures (
  item_key INTEGER PRIMARY KEY REFERENCES items (key) ON DELETE CASCADE,
  content_version INTEGER NOT NULL,
  question TEXT NOT NULL,
  pictures TEXT NOT NULL,
  similar_group INTEGER
) STRICT;
CREATE INDEX item_signatures_group ON item_signatures (similar_group, question, pictures) WHERE similar_group IS NOT NULL;
`

export const similar: Migration = { number: 11, name: 'similar', up: (database) => database.exec(SIMILAR) }
