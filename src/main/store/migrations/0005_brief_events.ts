import type { Migration } from './migration.ts'

/** A job's few telling events are found at once among its thousands of paths, numbers and progress; the expression is `TELLING` of jobs.ts. */
const BRIEF_EVENTS = `
CREATE INDEX job_events_telling ON job_events (job_id, seq) WHERE json_extract(body, '$.kind') NOT IN ('trajectory', 'metrics', 'progress', 'tally');
`

export const briefEvents: Migration = { number: 5, name: 'brief_events', up: (database) => database.exec(BRIEF_EVENTS) }
