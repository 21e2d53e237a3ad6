import type { Migration } from './migration.ts'

/** Columns of a drawn shape; boxes are [x1, y1, x2, y2], lines [start, end]. */
const SHAPE = `
  position INTEGER NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('box', 'line')),
  image_index INTEGER NOT NULL,
  x1 REAL NOT NULL, y1 REAL NOT NULL, x2 REAL NOT NULL, y2 REAL NOT NULL,
  label TEXT NOT NULL,
  space TEXT NOT NULL CHECK (space IN ('source', 'model', 'perMille'))`

const DATA = `
CREATE TABLE project (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  name TEXT NOT NULL,
  created_at TEXT NOT NULL
) STRICT;

CREATE TABLE media (
  key INTEGER PRIMARY KEY,
  blob TEXT NOT NULL,
  width INTEGER NOT NULL CHECK (width > 0),
  height INTEGER NOT NULL CHECK (height > 0),
  mime TEXT NOT NULL,
  origin_kind TEXT NOT NULL CHECK (origin_kind IN ('file', 'frame', 'drawn', 'generated')),
  origin_name TEXT NOT NULL,
  origin_seconds REAL NOT NULL,
  origin_decoder TEXT NOT NULL,
  UNIQUE (blob, origin_kind, origin_name, origin_seconds, origin_decoder)
) STRICT;

CREATE TABLE videos (
  blob TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  mime TEXT NOT NULL,
  bytes INTEGER NOT NULL
) STRICT;

CREATE TABLE items (
  key INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  content_hash TEXT NOT NULL UNIQUE,
  task TEXT NOT NULL,
  split TEXT NOT NULL CHECK (split IN ('train', 'validation', 'test')),
  data_type TEXT NOT NULL,
  question_type TEXT NOT NULL,
  question TEXT NOT NULL,
  options TEXT,
  answer TEXT NOT NULL,
  tags TEXT NOT NULL,
  origin_kind TEXT NOT NULL CHECK (origin_kind IN ('import', 'synthetic')),
  origin_name TEXT NOT NULL,
  origin_seed INTEGER,
  origin_index INTEGER NOT NULL,
  created_at TEXT NOT NULL
) STRICT;
-- A list goes through such an index in key order and tests its other filters inside it.
CREATE INDEX items_task ON items (task, key, split, data_type, question_type);
CREATE INDEX items_split ON items (split, key, data_type, question_type);
CREATE INDEX items_data_type ON items (data_type);
CREATE INDEX items_question_type ON items (question_type);
CREATE INDEX items_origin ON items (origin_kind, origin_name, origin_seed, origin_index);

CREATE TABLE item_media (
  item_key INTEGER NOT NULL REFERENCES items (key) ON DELETE CASCADE,
  position INTEGER NOT NULL,
  media_key INTEGER NOT NULL REFERENCES media (key),
  PRIMARY KEY (item_key, position)
) STRICT, WITHOUT ROWID;
CREATE INDEX item_media_media ON item_media (media_key);

CREATE TABLE item_truth (
  item_key INTEGER NOT NULL REFERENCES items (key) ON DELETE CASCADE,${SHAPE},
  PRIMARY KEY (item_key, position)
) STRICT, WITHOUT ROWID;
`

const PATHS = `
CREATE TABLE trajectories (
  key INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  item_key INTEGER NOT NULL REFERENCES items (key),
  parent_key INTEGER REFERENCES trajectories (key),
  origin_kind TEXT NOT NULL CHECK (origin_kind IN ('teacher', 'model', 'human')),
  origin_name TEXT,
  origin_seed INTEGER,
  checkpoint_id TEXT REFERENCES checkpoints (id),
  run_id TEXT REFERENCES runs (id),
  group_index INTEGER,
  run_step INTEGER,
  sampling TEXT,
  prompt TEXT NOT NULL,
  draw_style TEXT NOT NULL,
  model_sizes TEXT NOT NULL,
  answer TEXT,
  finish_reason TEXT NOT NULL,
  finish_step INTEGER NOT NULL,
  steps INTEGER NOT NULL,
  boxes INTEGER NOT NULL,
  lines INTEGER NOT NULL,
  response_tokens INTEGER NOT NULL,
  created_at TEXT NOT NULL,
  -- What lists filter by, derived from items, rewards, reviews and children in the same transaction as those.
  task TEXT NOT NULL,
  superseded INTEGER NOT NULL DEFAULT 0,
  correct INTEGER,
  reflective INTEGER,
  verdict TEXT,
  marked_reflective INTEGER
) STRICT;
CREATE TRIGGER items_task_changed AFTER UPDATE OF task ON items BEGIN
  UPDATE trajectories SET task = new.task WHERE item_key = new.key;
END;
CREATE INDEX trajectories_newest ON trajectories (superseded, key, task, origin_kind, correct, reflective, verdict);
CREATE INDEX trajectories_task ON trajectories (task, key, superseded, origin_kind, correct, reflective, verdict);
CREATE INDEX trajectories_item ON trajectories (item_key);
CREATE INDEX trajectories_parent ON trajectories (parent_key) WHERE parent_key IS NOT NULL;
CREATE INDEX trajectories_run ON trajectories (run_id) WHERE run_id IS NOT NULL;
CREATE INDEX trajectories_checkpoint ON trajectories (checkpoint_id) WHERE checkpoint_id IS NOT NULL;

CREATE TABLE steps (
  key INTEGER PRIMARY KEY,
  trajectory_key INTEGER NOT NULL REFERENCES trajectories (key) ON DELETE CASCADE,
  position INTEGER NOT NULL,
  text TEXT NOT NULL,
  thought TEXT NOT NULL,
  action_kind TEXT NOT NULL CHECK (action_kind IN ('draw', 'answer', 'none')),
  action_tool TEXT,
  action_text TEXT,
  problems TEXT NOT NULL,
  mistake INTEGER NOT NULL,
  UNIQUE (trajectory_key, position)
) STRICT;

CREATE TABLE step_tokens (
  step_key INTEGER PRIMARY KEY REFERENCES steps (key) ON DELETE CASCADE,
  prompt_ids BLOB NOT NULL,
  response_ids BLOB NOT NULL,
  log_probs BLOB NOT NULL,
  entropies BLOB NOT NULL
) STRICT;

CREATE TABLE operations (
  step_key INTEGER NOT NULL REFERENCES steps (key) ON DELETE CASCADE,${SHAPE},
  PRIMARY KEY (step_key, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE observations (
  key INTEGER PRIMARY KEY,
  step_key INTEGER NOT NULL REFERENCES steps (key) ON DELETE CASCADE,
  position INTEGER NOT NULL,
  source_index INTEGER NOT NULL,
  new_index INTEGER NOT NULL,
  media_key INTEGER NOT NULL REFERENCES media (key),
  UNIQUE (step_key, position)
) STRICT;
CREATE INDEX observations_media ON observations (media_key);

CREATE TABLE observation_shapes (
  observation_key INTEGER NOT NULL REFERENCES observations (key) ON DELETE CASCADE,${SHAPE},
  PRIMARY KEY (observation_key, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE rewards (
  trajectory_key INTEGER PRIMARY KEY REFERENCES trajectories (key) ON DELETE CASCADE,
  total REAL,
  correct REAL,
  format REAL NOT NULL,
  reflective INTEGER NOT NULL,
  reference_reflective INTEGER NOT NULL,
  extracted_answer TEXT,
  explanation TEXT NOT NULL
) STRICT;

CREATE TABLE reviews (
  key INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  trajectory_key INTEGER NOT NULL REFERENCES trajectories (key) ON DELETE CASCADE,
  reviewer TEXT NOT NULL,
  verdict TEXT CHECK (verdict IN ('accept', 'reject')),
  reflective INTEGER,
  comment TEXT NOT NULL,
  created_at TEXT NOT NULL
) STRICT;
CREATE INDEX reviews_trajectory ON reviews (trajectory_key);
`

const WORK = `
CREATE TABLE dataset_versions (
  key INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  hash TEXT NOT NULL,
  item_count INTEGER NOT NULL,
  trajectory_count INTEGER NOT NULL,
  created_at TEXT NOT NULL
) STRICT;

CREATE TABLE dataset_version_items (
  version_key INTEGER NOT NULL REFERENCES dataset_versions (key) ON DELETE CASCADE,
  item_key INTEGER NOT NULL REFERENCES items (key),
  PRIMARY KEY (version_key, item_key)
) STRICT, WITHOUT ROWID;
CREATE INDEX dataset_version_items_item ON dataset_version_items (item_key);

CREATE TABLE dataset_version_trajectories (
  version_key INTEGER NOT NULL REFERENCES dataset_versions (key) ON DELETE CASCADE,
  trajectory_key INTEGER NOT NULL REFERENCES trajectories (key),
  PRIMARY KEY (version_key, trajectory_key)
) STRICT, WITHOUT ROWID;
CREATE INDEX dataset_version_trajectories_trajectory ON dataset_version_trajectories (trajectory_key);

CREATE TABLE checkpoints (
  key INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  run_id TEXT REFERENCES runs (id),
  step INTEGER,
  folder TEXT NOT NULL,
  hash TEXT NOT NULL,
  family TEXT NOT NULL,
  parameters INTEGER NOT NULL,
  created_at TEXT NOT NULL
) STRICT;
CREATE INDEX checkpoints_run ON checkpoints (run_id) WHERE run_id IS NOT NULL;

CREATE TABLE runs (
  key INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  job_id TEXT REFERENCES jobs (id) DEFERRABLE INITIALLY DEFERRED,
  parent_id TEXT REFERENCES runs (id),
  stage TEXT NOT NULL,
  config TEXT NOT NULL,
  preset TEXT,
  prompt TEXT NOT NULL,
  draw_style TEXT NOT NULL,
  tasks TEXT NOT NULL,
  dataset_version_id TEXT NOT NULL REFERENCES dataset_versions (id),
  start_checkpoint_id TEXT NOT NULL REFERENCES checkpoints (id),
  seed INTEGER NOT NULL,
  status TEXT NOT NULL,
  step INTEGER NOT NULL,
  total_steps INTEGER,
  error TEXT,
  created_at TEXT NOT NULL,
  finished_at TEXT
) STRICT;
CREATE INDEX runs_parent ON runs (parent_id) WHERE parent_id IS NOT NULL;

CREATE TABLE run_steps (
  run_id TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
  step INTEGER NOT NULL,
  seconds REAL NOT NULL,
  PRIMARY KEY (run_id, step)
) STRICT, WITHOUT ROWID;

CREATE TABLE metrics (
  run_id TEXT NOT NULL,
  step INTEGER NOT NULL,
  name TEXT NOT NULL,
  value REAL NOT NULL,
  PRIMARY KEY (run_id, step, name),
  FOREIGN KEY (run_id, step) REFERENCES run_steps (run_id, step) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE TABLE jobs (
  key INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  kind TEXT NOT NULL,
  title TEXT NOT NULL,
  status TEXT NOT NULL,
  progress TEXT,
  error TEXT,
  run_id TEXT REFERENCES runs (id) DEFERRABLE INITIALLY DEFERRED,
  created_at TEXT NOT NULL,
  finished_at TEXT
) STRICT;
CREATE INDEX jobs_status ON jobs (status);

CREATE TABLE job_events (
  job_id TEXT NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
  seq INTEGER NOT NULL,
  at TEXT NOT NULL,
  body TEXT NOT NULL,
  PRIMARY KEY (job_id, seq)
) STRICT, WITHOUT ROWID;

CREATE TABLE evaluations (
  key INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  checkpoint_id TEXT NOT NULL REFERENCES checkpoints (id),
  label TEXT NOT NULL,
  split TEXT NOT NULL,
  prompt TEXT NOT NULL,
  draw_style TEXT NOT NULL,
  sampling TEXT NOT NULL,
  created_at TEXT NOT NULL
) STRICT;
CREATE INDEX evaluations_checkpoint ON evaluations (checkpoint_id);

-- Position -1 is the mean over tasks.
CREATE TABLE evaluation_scores (
  evaluation_key INTEGER NOT NULL REFERENCES evaluations (key) ON DELETE CASCADE,
  position INTEGER NOT NULL,
  task TEXT NOT NULL,
  items INTEGER NOT NULL,
  accuracy REAL,
  format REAL NOT NULL,
  reflection_rate REAL NOT NULL,
  grounding REAL,
  steps REAL NOT NULL,
  boxes REAL NOT NULL,
  lines REAL NOT NULL,
  response_tokens REAL NOT NULL,
  PRIMARY KEY (evaluation_key, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE saved_filters (
  key INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  target TEXT NOT NULL CHECK (target IN ('items', 'trajectories')),
  filter TEXT NOT NULL,
  UNIQUE (target, name)
) STRICT;
`

export const initial: Migration = { number: 1, name: 'initial', up: (database) => database.exec(DATA + PATHS + WORK) }
