import type { Migration } from './migration.ts'

/** Checkpoints say how well their run was doing; the paths of one step of a run are found at once. */
const RUN_STEPS = `
ALTER TABLE checkpoints ADD COLUMN score REAL;
CREATE INDEX trajectories_run_step ON trajectories (run_id, run_step) WHERE run_step IS NOT NULL;
`

export const runSteps: Migration = { number: 4, name: 'run_steps', up: (database) => database.exec(RUN_STEPS) }
