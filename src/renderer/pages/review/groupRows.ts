import type { GroupMember } from '#shared/contract/comparison.ts'

export type GroupColumn = 'place' | 'reward' | 'advantage' | 'ending' | 'steps' | 'tokens'

/** Rows by one column, largest (or first in the alphabet) first; equal ones by their place in the group. */
export function sortedBy(rows: readonly GroupMember[], column: GroupColumn, reversed: boolean): GroupMember[] {
  const place = ({ path }: GroupMember): number => path.groupIndex ?? 0
  const sorted = rows.toSorted((a, b) => compare(a, b, column) || place(a) - place(b))
  return reversed ? sorted.reverse() : sorted
}

function compare(a: GroupMember, b: GroupMember, column: GroupColumn): number {
  switch (column) {
    case 'place': return 0
    case 'reward': return (b.path.reward?.total ?? -Infinity) - (a.path.reward?.total ?? -Infinity) || 0
    case 'advantage': return (b.advantage ?? -Infinity) - (a.advantage ?? -Infinity) || 0
    case 'ending': return a.path.finishReason.localeCompare(b.path.finishReason)
    case 'steps': return b.path.behaviour.steps - a.path.behaviour.steps
    case 'tokens': return b.path.behaviour.responseTokens - a.path.behaviour.responseTokens
  }
}
