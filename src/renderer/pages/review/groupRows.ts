import type { TrajectorySummary } from '#shared/domain/reward.ts'

/** Added to the spread, as in training. */
const EPSILON = 1e-6

export interface GroupRow {
  readonly path: TrajectorySummary
  /** How much better than its group, in spreads (METHOD.md equations 7 and 8); null where it has no reward. */
  readonly advantage: number | null
}

export type GroupColumn = 'place' | 'reward' | 'advantage' | 'ending' | 'steps' | 'tokens'

/** Paths that were sampled together: of the same item, run and step; without a run, all a checkpoint was asked for beside a run. */
export function groupOf(path: TrajectorySummary, paths: readonly TrajectorySummary[]): GroupRow[] {
  const members = paths.filter((other) => other.originKind === path.originKind && other.runId === path.runId && other.runStep === path.runStep && other.checkpointId === path.checkpointId)
  const rewards = members.flatMap(({ reward }) => reward === null || reward.total === null ? [] : [reward.total])
  const mean = rewards.reduce((sum, value) => sum + value, 0) / rewards.length
  const spread = Math.sqrt(rewards.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (rewards.length - 1))
  const isFlat = rewards.length < 2 || rewards.every((value) => value === rewards[0])
  return members.map((member) => {
    const total = member.reward?.total ?? null
    return { path: member, advantage: total === null ? null : isFlat ? 0 : (total - mean) / (spread + EPSILON) }
  })
}

/** Rows by one column, largest (or first in the alphabet) first; equal ones by their place in the group. */
export function sortedBy(rows: readonly GroupRow[], column: GroupColumn, reversed: boolean): GroupRow[] {
  const place = ({ path }: GroupRow): number => path.groupIndex ?? 0
  const sorted = rows.toSorted((a, b) => compare(a, b, column) || place(a) - place(b))
  return reversed ? sorted.reverse() : sorted
}

function compare(a: GroupRow, b: GroupRow, column: GroupColumn): number {
  switch (column) {
    case 'place': return 0
    case 'reward': return (b.path.reward?.total ?? -Infinity) - (a.path.reward?.total ?? -Infinity) || 0
    case 'advantage': return (b.advantage ?? -Infinity) - (a.advantage ?? -Infinity) || 0
    case 'ending': return a.path.finishReason.localeCompare(b.path.finishReason)
    case 'steps': return b.path.behaviour.steps - a.path.behaviour.steps
    case 'tokens': return b.path.behaviour.responseTokens - a.path.behaviour.responseTokens
  }
}
