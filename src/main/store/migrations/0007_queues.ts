import type { Database } from 'better-sqlite3'
import type { DrawOp } from '#shared/domain/drawOp.ts'
import { revisionsOf } from '#shared/geometry/revision.ts'
import type { Migration } from './migration.ts'

/** What review queues filter by, beside each path; each reviewer's newest statement beside the statements; places in queues. */
const COLUMNS = `
ALTER TABLE trajectories ADD COLUMN well_formed INTEGER;
ALTER TABLE trajectories ADD COLUMN revised INTEGER NOT NULL DEFAULT 0;
ALTER TABLE trajectories ADD COLUMN problems INTEGER NOT NULL DEFAULT 0;
ALTER TABLE trajectories ADD COLUMN confidence REAL;
ALTER TABLE trajectories ADD COLUMN all_wrong INTEGER;
ALTER TABLE trajectories ADD COLUMN judges INTEGER NOT NULL DEFAULT 0;
ALTER TABLE trajectories ADD COLUMN disagree INTEGER NOT NULL DEFAULT 0;
ALTER TABLE trajectories ADD COLUMN commented INTEGER NOT NULL DEFAULT 0;

ALTER TABLE reviews ADD COLUMN steps TEXT NOT NULL DEFAULT '[]';
ALTER TABLE reviews ADD COLUMN batch TEXT;

CREATE TABLE opinions (
  trajectory_key INTEGER NOT NULL REFERENCES trajectories (key) ON DELETE CASCADE,
  reviewer TEXT NOT NULL,
  review_key INTEGER NOT NULL,
  verdict TEXT,
  reflective INTEGER,
  commented INTEGER NOT NULL,
  PRIMARY KEY (trajectory_key, reviewer)
) STRICT, WITHOUT ROWID;

-- A place is a point in the order of keys: it stays when its path goes.
CREATE TABLE queue_places (
  queue TEXT NOT NULL,
  reviewer TEXT NOT NULL,
  trajectory_key INTEGER NOT NULL,
  PRIMARY KEY (queue, reviewer)
) STRICT, WITHOUT ROWID;
`

const BACKFILL = `
UPDATE trajectories SET problems = (SELECT count(*) FROM steps WHERE steps.trajectory_key = trajectories.key AND steps.problems <> '[]');
UPDATE trajectories SET well_formed = rewards.format >= 1 FROM rewards WHERE rewards.trajectory_key = trajectories.key;
UPDATE trajectories SET all_wrong = groups.wrong FROM (
  SELECT item_key, run_id, run_step, checkpoint_id, max(correct) = 0 AS wrong FROM trajectories
  WHERE origin_kind = 'model' AND parent_key IS NULL GROUP BY item_key, run_id, run_step, checkpoint_id
) AS groups
WHERE trajectories.origin_kind = 'model' AND trajectories.parent_key IS NULL AND groups.item_key = trajectories.item_key AND groups.run_id IS trajectories.run_id
  AND groups.run_step IS trajectories.run_step AND groups.checkpoint_id IS trajectories.checkpoint_id;

INSERT INTO opinions (trajectory_key, reviewer, review_key, verdict, reflective, commented)
SELECT trajectory_key, reviewer, key, verdict, reflective, comment <> '' FROM reviews
WHERE key IN (SELECT max(key) FROM reviews GROUP BY trajectory_key, reviewer);
UPDATE trajectories SET judges = said.judges, disagree = said.disagree, commented = said.commented FROM (
  SELECT trajectory_key, count(verdict) AS judges, count(DISTINCT verdict) > 1 OR count(DISTINCT reflective) > 1 AS disagree, max(commented) AS commented
  FROM opinions GROUP BY trajectory_key
) AS said WHERE said.trajectory_key = trajectories.key;
`

const FACETS = 'task, item_key, origin_kind, correct, reflective, verdict, well_formed, revised, problems, confidence, all_wrong, judges, disagree, commented, finish_reason'

const INDEXES = `
DROP INDEX trajectories_newest;
DROP INDEX trajectories_task;
DROP INDEX trajectories_item;
CREATE INDEX trajectories_newest ON trajectories (superseded, key, ${FACETS});
CREATE INDEX trajectories_task ON trajectories (task, key, superseded, ${FACETS.replace('task, ', '')});
CREATE INDEX trajectories_item ON trajectories (item_key, run_id, run_step, checkpoint_id, correct);
CREATE INDEX trajectories_confidence ON trajectories (confidence) WHERE confidence IS NOT NULL AND superseded = 0;
CREATE INDEX trajectories_disputed ON trajectories (key) WHERE disagree = 1;
CREATE INDEX trajectories_shared ON trajectories (key) WHERE judges > 1;
CREATE INDEX opinions_reviewer ON opinions (reviewer, trajectory_key, verdict);
CREATE INDEX reviews_batch ON reviews (batch) WHERE batch IS NOT NULL;
`

const PATHS_AT_ONCE = 1000

export const queues: Migration = {
  number: 7, name: 'queues', up: (database) => {
    database.exec(COLUMNS)
    fillRevised(database)
    fillConfidence(database)
    database.exec(BACKFILL + INDEXES)
  }
}

/** Boxes drawn anew elsewhere, by the rule of the reward; only paths the reward found reflective, or that have none, are looked at. */
function fillRevised(database: Database): void {
  const candidates = database.prepare(`SELECT trajectories.key FROM trajectories LEFT JOIN rewards ON rewards.trajectory_key = trajectories.key
    WHERE trajectories.boxes > 1 AND coalesce(rewards.reflective, 1) = 1`).pluck().all() as number[]
  const steps = database.prepare('SELECT key FROM steps WHERE trajectory_key = ? ORDER BY position').pluck()
  const boxes = database.prepare(`SELECT image_index AS imageIndex, x1, y1, x2, y2, label, space FROM operations WHERE step_key = ? AND kind = 'box' ORDER BY position`)
  const pictures = database.prepare('SELECT source_index AS sourceIndex, new_index AS newIndex FROM observations WHERE step_key = ? ORDER BY position')
  const set = database.prepare('UPDATE trajectories SET revised = ? WHERE key = ?')
  for (const key of candidates) {
    const drawn = (steps.all(key) as number[]).map((step) => ({
      ops: (boxes.all(step) as BoxRow[]).map(boxOf), observations: pictures.all(step) as { sourceIndex: number; newIndex: number }[]
    }))
    const revised = revisionsOf(drawn).length
    if (revised > 0) set.run(revised, key)
  }
}

interface BoxRow { imageIndex: number; x1: number; y1: number; x2: number; y2: number; label: string; space: DrawOp['space'] }

function boxOf({ imageIndex, x1, y1, x2, y2, label, space }: BoxRow): DrawOp {
  return { kind: 'box', imageIndex, box: [x1, y1, x2, y2], label, space }
}

/** The geometric mean of the token probabilities of a path's least sure turn. */
function fillConfidence(database: Database): void {
  const last = database.prepare('SELECT max(key) FROM trajectories').pluck().get() as number | null
  const turns = database.prepare(`SELECT steps.trajectory_key AS key, step_tokens.log_probs AS logProbs FROM step_tokens JOIN steps ON steps.key = step_tokens.step_key
    WHERE steps.trajectory_key > @after AND steps.trajectory_key <= @after + ${PATHS_AT_ONCE}`)
  const set = database.prepare('UPDATE trajectories SET confidence = ? WHERE key = ?')
  for (let after = 0; after < (last ?? 0); after += PATHS_AT_ONCE) {
    const lowest = new Map<number, number>()
    for (const { key, logProbs } of turns.all({ after }) as { key: number; logProbs: Uint8Array }[]) {
      const values = new Float64Array(Uint8Array.from(logProbs).buffer)
      if (values.length > 0) lowest.set(key, Math.min(lowest.get(key) ?? 0, values.reduce((sum, value) => sum + value, 0) / values.length))
    }
    for (const [key, mean] of lowest) set.run(Math.exp(mean), key)
  }
}
