import { setImmediate } from 'node:timers/promises'
import { BuiltInQueue, type PathWindow, type Queue, type QueueKey } from '#shared/contract/queues.ts'
import { TrajectoryFilter } from '#shared/contract/trajectories.ts'
import type { TrajectoryId } from '#shared/domain/ids.ts'
import type { TrajectorySummary } from '#shared/domain/reward.ts'
import { sqlite } from './connection.ts'
import { cursorKey } from './page.ts'
import type { ProjectReader, ProjectWriter } from './project.ts'
import { listFilters } from './savedFilters.ts'
import { countQuery, countTrajectories, filtered, summaryOf, type SummaryRow, summaryRows, trajectoriesQuery, type TrajectoryQuery } from './trajectories.ts'
import { trajectoryKey } from './trajectoryKey.ts'

/** The queue `unsure` holds this share of the sampled paths: those the model was least sure of. */
const UNSURE_SHARE = 0.1
/** Rows shown above a reviewer's place. */
const ABOVE = 20

type Asked = TrajectoryQuery & { readonly reviewer: string }

/** What a built-in queue lets through. */
export function builtInFilter(project: ProjectReader, queue: BuiltInQueue): TrajectoryFilter {
  switch (queue) {
    case 'notJudged': return TrajectoryFilter.parse({ judges: 'none' })
    case 'allWrong': return TrajectoryFilter.parse({ allWrong: true })
    case 'formatFailed': return TrajectoryFilter.parse({ wellFormed: false })
    case 'revised': return TrajectoryFilter.parse({ revised: true })
    case 'unsure': return TrajectoryFilter.parse({ confidenceBelow: confidenceAt(project, UNSURE_SHARE) ?? 0 })
    case 'disagree': return TrajectoryFilter.parse({ disagree: true })
    case 'secondReview': return TrajectoryFilter.parse({ judges: 'one', mine: 'open' })
    default: return queue satisfies never
  }
}

/** Built-in queues, then saved ones by name, each counted in a turn of its own so that whatever waits goes first. */
export async function listQueues(project: ProjectReader, reviewer: string): Promise<Queue[]> {
  const builtIn = BuiltInQueue.options.map((name) => ({ key: `builtIn:${name}` as const, name, filter: builtInFilter(project, name) }))
  const saved = listFilters(project, 'trajectories').flatMap(({ target, name, filter }) => target === 'trajectories' ? [{ key: `saved:${name}` as const, name, filter }] : [])
  const queues: Queue[] = []
  for (const queue of [...builtIn, ...saved]) {
    queues.push({ ...queue, count: countTrajectories(project, { ...queue.filter, reviewer }) })
    await setImmediate()
  }
  return queues
}

/** The confidence that a share of the newest sampled paths stays below; null while there is none. */
export function confidenceAt(project: ProjectReader, share: number): number | null {
  const sampled = sqlite.selectFrom('trajectories').where('superseded', '=', 0).where('confidence', 'is not', null)
  const count = project.first(sampled.select((eb) => eb.fn.countAll<number>().as('n')))?.n ?? 0
  if (count === 0) return null
  return project.first(sampled.select('confidence').orderBy('confidence').limit(1).offset(Math.min(count - 1, Math.ceil(share * count))))?.confidence ?? null
}

/** A list around the reviewer's place in a queue; from its start where there is none. */
export function openWindow(project: ProjectReader, asked: Asked, queue: QueueKey | null, limit: number): PathWindow {
  const total = countTrajectories(project, asked)
  const judged = countJudged(project, asked)
  const at = queue === null ? null : placeIn(project, queue, asked.reviewer)
  const place = at === null ? 0 : project.first(countQuery(asked).where('trajectories.key', '>', at))?.n ?? 0
  // At the end of the queue there is nothing at or after the place: its last rows are shown.
  const offset = Math.max(0, Math.min(place, total - 1) - ABOVE)
  const first = offset === 0 ? null : project.first(filtered(asked).select('trajectories.key').orderBy('trajectories.key', 'desc').limit(1).offset(offset))?.key ?? null
  const found = project.all(trajectoriesQuery(asked, first === null ? null : first + 1).limit(limit + 1))
  const rows = found.slice(0, limit)
  return {
    rows: rows.map(summaryOf), offset, total, place: Math.min(place, Math.max(total - 1, 0)), judged,
    newer: first === null ? null : String(first), older: found.length > limit ? String(rows.at(-1)?.key) : null
  }
}

/** Rows next to those there are, newest first; `next` is null at the end of the list. Throws `bad_input` for a cursor of no list. */
export function moreRows(project: ProjectReader, asked: Asked, towards: 'newer' | 'older', cursor: string, limit: number): { rows: TrajectorySummary[]; next: string | null } {
  const from = cursorKey({ cursor }) ?? 0
  const query = towards === 'older' ? trajectoriesQuery(asked, from) : summaryRows(asked).where('trajectories.key', '>', from).orderBy('trajectories.key')
  const found: SummaryRow[] = project.all(query.limit(limit + 1))
  const rows = found.slice(0, limit)
  const next = found.length > limit ? String(rows.at(-1)?.key) : null
  return { rows: (towards === 'older' ? rows : rows.reverse()).map(summaryOf), next }
}

/** Remembers where a reviewer is; a place stays where it is when its path leaves the queue. Throws `not_found`. */
export function keepPlace(project: ProjectWriter, queue: QueueKey, reviewer: string, id: TrajectoryId): void {
  const trajectory_key = trajectoryKey(project, id)
  project.run(sqlite.insertInto('queue_places').values({ queue, reviewer, trajectory_key }).onConflict((at) => at.columns(['queue', 'reviewer']).doUpdateSet({ trajectory_key })))
}

function placeIn(project: ProjectReader, queue: QueueKey, reviewer: string): number | null {
  return project.first(sqlite.selectFrom('queue_places').select('trajectory_key').where('queue', '=', queue).where('reviewer', '=', reviewer))?.trajectory_key ?? null
}

/** How many paths of a list its reviewer gave a verdict: counted from the reviewer's own words, which are fewer than paths. */
function countJudged(project: ProjectReader, asked: Asked): number {
  if (asked.mine === 'open') return 0
  return countTrajectories(project, { ...asked, mine: 'judged' })
}
