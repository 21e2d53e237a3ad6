import { type RawBuilder, sql } from 'kysely'
import type { TrajectoryFilter } from '#shared/contract/trajectories.ts'

export type FacetFilter = Partial<Pick<TrajectoryFilter, 'wellFormed' | 'revised' | 'allWrong' | 'problems' | 'confidenceBelow' | 'disagree' | 'commented' | 'finish' | 'judges' | 'mine'>> & {
  /** Whose word `mine` asks for. */
  readonly reviewer?: string
}

/** Conditions on the columns that stand in the indexes of path lists: SQLite tests them while it walks such an index. */
export function facetConditions({
  wellFormed = null, revised = null, allWrong = null, problems = null, confidenceBelow = null, disagree = null, commented = null, finish = null, judges = null,
  mine = null, reviewer = ''
}: FacetFilter): RawBuilder<boolean>[] {
  const conditions: RawBuilder<boolean>[] = []
  if (wellFormed !== null) conditions.push(sql`trajectories.well_formed = ${Number(wellFormed)}`)
  if (revised !== null) conditions.push(revised ? sql`trajectories.revised > 0` : sql`trajectories.revised = 0`)
  if (allWrong !== null) conditions.push(sql`trajectories.all_wrong IS ${allWrong ? sql`1` : sql`0`}`)
  if (problems !== null) conditions.push(problems ? sql`trajectories.problems > 0` : sql`trajectories.problems = 0`)
  // The plus keeps SQLite on the index that is in the list's order.
  if (confidenceBelow !== null) conditions.push(sql`+trajectories.confidence < ${confidenceBelow}`)
  if (disagree !== null) conditions.push(disagree ? sql`trajectories.disagree = 1` : sql`trajectories.disagree = 0`)
  if (commented !== null) conditions.push(sql`trajectories.commented = ${Number(commented)}`)
  if (finish !== null) conditions.push(sql`trajectories.finish_reason = ${finish}`)
  if (judges !== null) conditions.push(judges === 'several' ? sql`trajectories.judges > 1` : sql`trajectories.judges = ${judges === 'one' ? 1 : 0}`)
  if (mine !== null) conditions.push(mine === 'judged' ? sql`+trajectories.key IN ${judgedBy(reviewer)}` : sql`+trajectories.key NOT IN ${judgedBy(reviewer)}`)
  return conditions
}

function judgedBy(reviewer: string): RawBuilder<unknown> {
  return sql`(SELECT trajectory_key FROM opinions WHERE reviewer = ${reviewer} AND verdict IS NOT NULL)`
}
