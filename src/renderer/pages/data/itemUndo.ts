import type { ItemChange } from '#shared/domain/itemChange.ts'

/**
 * The versions that undo and redo lead to, by an item's history (newest first); null where there is none. Undoing makes versions too:
 * a chain of them is a walk back along the versions before it, and redo walks forth again until the version the walk began at.
 */
export function undoSteps(version: number, changes: readonly ItemChange[]): { undo: number | null; redo: number | null } {
  const byVersion = new Map(changes.map((change) => [change.version, change]))
  const walked = (at: number): ItemChange | undefined => {
    const change = byVersion.get(at)
    return change?.kind === 'undo' || change?.kind === 'redo' ? change : undefined
  }
  let began = version
  while (walked(began) !== undefined) began--
  let place = version
  for (let step = walked(place); step !== undefined; step = walked(place)) place = step.restored ?? place - 1
  const reached = walked(version)?.restored ?? version
  const known = place === 1 || byVersion.has(place)
  return { undo: place > 1 && known ? place - 1 : null, redo: reached < began ? reached + 1 : null }
}
