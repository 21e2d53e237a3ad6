import type { Migration } from './migration.ts'

/** What the machine did while a run was at work; `at` in milliseconds since the epoch, loads 0 to 1, sizes in bytes. */
const RUN_MACHINE = `
CREATE TABLE run_machine (
  run_id TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
  second INTEGER NOT NULL,
  at INTEGER NOT NULL,
  processor REAL,
  memory_used INTEGER NOT NULL,
  memory INTEGER NOT NULL,
  free_disk INTEGER NOT NULL,
  engine_processor REAL NOT NULL,
  engine_resident INTEGER NOT NULL,
  engine_device INTEGER NOT NULL,
  card TEXT,
  card_busy REAL,
  card_used INTEGER,
  card_memory INTEGER,
  PRIMARY KEY (run_id, second)
) STRICT, WITHOUT ROWID;
`

export const runMachine: Migration = { number: 10, name: 'run_machine', up: (database) => database.exec(RUN_MACHINE) }
