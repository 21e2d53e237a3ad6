import type { Migration } from './migration.ts'

/**
 * Paths say which evaluation or pre-labelling they were written for; a pre-labelling knows which of its items are done, so that it
 * goes on after a kill. Evaluations of before find their paths by the order of their job's events.
 */
const PURPOSES = `
CREATE TABLE prelabels (
  key INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  job_id TEXT NOT NULL REFERENCES jobs (id) DEFERRABLE INITIALLY DEFERRED,
  request TEXT NOT NULL,
  -- Paths a second, once measured.
  rate REAL,
  created_at TEXT NOT NULL
) STRICT;

CREATE TABLE prelabel_items (
  prelabel_key INTEGER NOT NULL REFERENCES prelabels (key) ON DELETE CASCADE,
  position INTEGER NOT NULL,
  item_key INTEGER NOT NULL REFERENCES items (key) ON DELETE CASCADE,
  done INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (prelabel_key, position)
) STRICT, WITHOUT ROWID;
CREATE INDEX prelabel_items_item ON prelabel_items (item_key);

-- An evaluation's own row comes after its paths: no reference.
ALTER TABLE trajectories ADD COLUMN evaluation_id TEXT;
ALTER TABLE trajectories ADD COLUMN prelabel_id TEXT;
CREATE INDEX trajectories_evaluation ON trajectories (evaluation_id, item_key) WHERE evaluation_id IS NOT NULL;
CREATE INDEX trajectories_prelabel ON trajectories (prelabel_id, item_key) WHERE prelabel_id IS NOT NULL;

WITH evaluated AS MATERIALIZED (
  SELECT json_extract(body, '$.evaluationId') AS id, job_id, seq, coalesce(lag(seq) OVER (PARTITION BY job_id ORDER BY seq), -1) AS after
  FROM job_events WHERE json_extract(body, '$.kind') = 'evaluation'
)
UPDATE trajectories SET evaluation_id = told.evaluation FROM (
  SELECT json_extract(events.body, '$.trajectoryId') AS id, evaluated.id AS evaluation, evaluations.checkpoint_id
  FROM evaluated
  JOIN evaluations ON evaluations.id = evaluated.id
  JOIN job_events AS events ON events.job_id = evaluated.job_id AND events.seq > evaluated.after AND events.seq < evaluated.seq
  WHERE json_extract(events.body, '$.kind') = 'trajectory'
) AS told
WHERE trajectories.id = told.id AND trajectories.checkpoint_id = told.checkpoint_id AND trajectories.run_id IS NULL;
`

export const purposes: Migration = { number: 6, name: 'purposes', up: (database) => database.exec(PURPOSES) }
