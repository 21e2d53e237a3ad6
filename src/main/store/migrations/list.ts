import { initial } from './0001_initial.ts'
import { textSearch } from './0002_text_search.ts'
import { editing } from './0003_editing.ts'
import { runSteps } from './0004_run_steps.ts'
import { briefEvents } from './0005_brief_events.ts'
import { purposes } from './0006_purposes.ts'
import { queues } from './0007_queues.ts'
import { itemVersions } from './0008_item_versions.ts'
import { reviewBatches } from './0009_review_batches.ts'
import { runMachine } from './0010_run_machine.ts'
import { similar } from './0011_similar.ts'
import { tidy } from './0012_tidy.ts'
import type { Migration } from './migration.ts'

/** Every migration, in order. */
export const MIGRATIONS: readonly Migration[] = [initial, textSearch, editing, runSteps, briefEvents, purposes, queues, itemVersions, reviewBatches, runMachine, similar, tidy]
